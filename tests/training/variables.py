"""Variables for checkpoints."""

import keras
import numpy as np


def variables(value):
    """Two variables of this value."""
    return {"a": keras.Variable(np.full((2, 3), value, "float32")), "b": keras.Variable(int(value), dtype="int64")}
