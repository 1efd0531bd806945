"""Single-image super-resolution: SRResNet, SRGAN and WGAN in TensorFlow."""

import os

# Both are read once, when TensorFlow and Keras are first imported, so they are set before either can be.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__version__ = "0.1.0"
