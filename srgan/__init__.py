"""Single-image super-resolution: SRResNet, SRGAN and WGAN in TensorFlow."""

import os

# TensorFlow and Keras read these when they are first imported, so they are set here, before any import of either.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__version__ = "0.1.0"
