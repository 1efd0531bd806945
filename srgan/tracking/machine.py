"""How busy the machine is while a run runs, by MLflow's own monitor: processors, memory, disk, network, GPUs."""

from __future__ import annotations

import logging
import warnings

from mlflow.environment_variables import MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING
from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

# It logs its start, its end and every failure of a store, of which the run has warned already.
logging.getLogger(SystemMetricsMonitor.__module__).setLevel(logging.CRITICAL)


class MachineWatch:
    """MLflow's monitor in a thread, which reads some counters every ten seconds and sends them itself.

    It is turned off, and slowed down, by MLflow's own environment variables.
    """

    def __init__(self) -> None:
        self._monitor: SystemMetricsMonitor | None = None
        self._ended = False

    def start(self, run_id: str) -> None:
        """Watch for a run, from where an earlier process stopped. A failure to watch costs only a warning."""
        self._stop()
        if self._ended:
            return
        try:
            if MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING.get():
                self._monitor = SystemMetricsMonitor(run_id, resume_logging=True)
                self._monitor.start()
        # Counters that a container hides, a variable that is neither true nor false: training goes on without.
        except Exception as error:
            warnings.warn(f"MLflow: no system metrics ({error}); training goes on", stacklevel=2)

    def end(self) -> None:
        """Send what is left and end the thread for good; start() does nothing after this."""
        self._ended = True
        self._stop()

    def _stop(self) -> None:
        if self._monitor:
            self._monitor.finish()
        self._monitor = None
