"""The pipeline's stages, one module each: `python -m stages.NAME` reads params.yaml and writes its outputs."""

import sys
from collections.abc import Callable

from srgan import interrupt
from srgan.errors import UserError


def run(main: Callable[[], None]) -> None:
    """Run a stage; a UserError ends it with one message and exit status 1, without a traceback.

    SIGTERM, by which a cluster takes its machines back, ends it in order as Ctrl-C does: MLflow's run is closed.
    """
    interrupt.watch()
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt as interruption:
        print(str(interruption) or "interrupted", file=sys.stderr)
        sys.exit(130)
