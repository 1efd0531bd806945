"""Measure trained networks on photographs that they were not trained on."""
