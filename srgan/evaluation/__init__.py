"""Trained networks against photographs they never saw: figures, pictures, a table."""
