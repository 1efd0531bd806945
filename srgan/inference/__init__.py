"""The trained network at work: pictures of any size and kind, export, mixing."""
