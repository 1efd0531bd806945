"""A training stage: one loop for all recipes, its checkpoints, its devices, its validation."""
