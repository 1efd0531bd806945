"""Use a trained network: enlarge pictures of any size and kind, export, mix two networks."""
