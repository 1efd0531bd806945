"""How far a run is: a bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 10.0  # in a log file


class Progress:
    """Shows iterations done, rate, time left, and a few figures.

    Args:
        stage: the stage's name.
        start: iterations done before this process.
        total: iterations of the whole run.
        shown: or nothing is shown at all.
    """

    def __init__(self, stage: str, start: int, total: int, *, shown: bool = True):
        self.stage, self.start, self.done, self.total = stage, start, start, total
        self.began = self.said = time.monotonic()
        self.shown: dict[str, float] = {}
        self.lines = shown and not sys.stderr.isatty()
        self.bar = tqdm(total=total, initial=start, desc=stage, unit="it", disable=self.lines or not shown)

    def advance(self) -> None:
        """One more iteration was handed to the device."""
        self.done += 1
        self.bar.update()

    def report(self, figures: Mapping[str, float]) -> None:
        """Show figures that are known now; the others stay."""
        self.shown |= figures
        self.bar.set_postfix({name: f"{value:.4g}" for name, value in self.shown.items()})
        now = time.monotonic()
        if self.lines and (now - self.said >= SECONDS_BETWEEN_LINES or self.done == self.total):
            self.said = now
            rate = (self.done - self.start) / max(now - self.began, 1e-9)
            left = (self.total - self.done) / rate
            figures_text = "".join(f"  {name} {value:.4g}" for name, value in self.shown.items())
            print(
                f"{self.stage}  {self.done}/{self.total}  {rate:.2f} it/s  {_clock(left)} left{figures_text}",
                flush=True,
            )

    def close(self) -> None:
        """Leave the terminal tidy."""
        self.bar.close()


def _clock(seconds: float) -> str:
    """Seconds as h:mm:ss or m:ss."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
