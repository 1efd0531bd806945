"""MLflow: runs, the model registry, the model it serves. The only folder that knows MLflow."""
