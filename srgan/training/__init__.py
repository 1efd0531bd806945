"""One training loop, and a recipe for each kind of step it can take."""
