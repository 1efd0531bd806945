"""Experiments of DVC beside each other."""
