"""Calls of a store, queued until it accepts them.

No failure of MLflow stops a training. If a tracking server does not accept a call (it is down, hangs, or answers 500),
the call is kept and sent again later, with one warning; calls that were never accepted are counted at the end. A call
that the store answers and refuses is left out, with a warning, because it would be refused again.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Sequence

from mlflow.exceptions import MlflowException

from srgan.tracking.store import store_uri, without_password

REFUSALS = frozenset({"INVALID_PARAMETER_VALUE", "BAD_REQUEST"})  # MLflow's codes for what is wrong in the call itself
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 240.0  # seconds between attempts at a store that does not answer
LAST_CHANCE, LAST_PAUSE = 120.0, 5.0  # seconds that the end of a run waits for it, and between attempts then


class Outbox:
    """A queue of calls of a store, sent in order; the first that fails holds up the others.

    Args:
        name: of the run that they are of, for warnings.
        run_id: of the run, if the store has it.
        calls: the first ones.
    """

    def __init__(self, name: str, run_id: str | None, calls: Sequence[Callable[[], object]]):
        self.name = name
        self.id = run_id or ""  # of the run, empty until the store has given one
        self._final_warning = ""
        self._queue: deque[Callable[[], object]] = deque(calls)
        self._pause, self._next_attempt, self._warned = FIRST_PAUSE, 0.0, False
        self._send()

    def put(self, call: Callable[[], object]) -> None:
        """Queue a call, and send what is queued."""
        self._queue.append(call)
        self._send()

    def send_next(self, call: Callable[[], None]) -> None:
        """Queue a call right after the one that is being sent, so that a failure of it does not send that one again."""
        self._queue.insert(1, call)

    def set_final_warning(self, sentence: str) -> None:
        """Set the warning that is printed at the end if something is still not done; an empty sentence cancels it."""
        self._final_warning = sentence

    def recovered(self) -> None:
        """The store answers again after it did not."""

    def _empty(self, wait: bool) -> None:
        """Try the calls that are still queued a last time, or for LAST_CHANCE seconds if the store is waited for."""
        deadline = time.monotonic() + (LAST_CHANCE if wait else 0.0)
        while self._queue:
            self._next_attempt = 0.0
            self._send()
            if time.monotonic() >= deadline:
                break
            if self._queue:
                time.sleep(LAST_PAUSE)
        if self._queue:
            warnings.warn(f"MLflow: {len(self._queue)} entries of run {self.name} were not logged", stacklevel=2)
        if self._final_warning:
            print(f"warning: {self._final_warning}", file=sys.stderr)

    def _send(self) -> None:
        """Send the queued calls in order, unless the store has failed a short while ago."""
        if time.monotonic() < self._next_attempt:
            return
        while self._queue:
            try:
                self._queue[0]()
            # Training continues, whatever the store, its client or the network raises.
            except Exception as error:
                if self._is_refusal(error):
                    self._queue.popleft()
                    warnings.warn(f"MLflow: an entry of run {self.name} was refused ({_reason(error)})", stacklevel=2)
                    continue
                self._next_attempt = time.monotonic() + self._pause
                self._pause = min(2 * self._pause, LONGEST_PAUSE)
                if not self._warned:
                    self._warned = True
                    warnings.warn(
                        f"MLflow at {without_password(store_uri())} does not answer ({_reason(error)}); "
                        "training goes on, and what is logged meanwhile is sent when it does",
                        stacklevel=2,
                    )
                return
            self._queue.popleft()
            if self._warned:
                self.recovered()
            self._pause, self._warned = FIRST_PAUSE, False

    def _is_refusal(self, error: Exception) -> bool:
        """Whether the store has answered and will never take the call.

        The creation of the run is never given up, since later calls need it.
        """
        return bool(self.id) and isinstance(error, MlflowException) and error.error_code in REFUSALS


def _reason(error: Exception) -> str:
    return (str(error).strip() or repr(error)).splitlines()[0]
