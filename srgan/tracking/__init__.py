"""MLflow: runs, the model registry, the model it serves. The only folder that knows MLflow."""

import os

# Bounds on how long one call may wait, and what is recorded, unless the user has set their own. Read when MLflow is
# imported, so they stand before that.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", "true")
