"""TensorFlow without the noise of its start."""

import os
import sys
import tempfile


def import_tensorflow() -> None:
    """Import TensorFlow, holding back what it writes to stderr before its log level applies.

    Those lines (about oneDNN, and CUDA not being there) come from C++ and look like errors to who sees them first.
    Should the import fail, they are shown after all.
    """
    if "tensorflow" in sys.modules:
        return
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as held_back:
        os.dup2(held_back.fileno(), 2)
        try:
            import tensorflow  # noqa: F401, PLC0415
        except BaseException:
            held_back.seek(0)
            os.write(stderr, held_back.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
