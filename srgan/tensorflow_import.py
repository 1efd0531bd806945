"""Import TensorFlow without the messages that it prints at its start."""

import os
import sys
import tempfile


def import_tensorflow() -> None:
    """Import TensorFlow, holding back what it writes to stderr before its log level applies.

    These lines, about oneDNN and a missing CUDA, come from C++ and look like errors. They are shown only if the import
    fails.
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
