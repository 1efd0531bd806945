"""Trained networks measured on photographs they never saw."""
