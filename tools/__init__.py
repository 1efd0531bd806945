"""What a developer or a Makefile runs beside the pipeline."""
