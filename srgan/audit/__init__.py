"""What the photographs are like before a network is trained on them: figures, likenesses, drift, limits, a page."""
