"""Show the progress of a task: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 10.0  # in a log file


class Progress:
    """Shows the amount done, the rate, the time left, and a few figures.

    Args:
        title: the name of the task.
        total: the amount to do.
        unit: what is counted, such as `it` for iterations; bytes, `B`, are shown in thousands and millions.
        start: the amount done before this process started.
        shown: whether anything is shown at all.
    """

    def __init__(self, title: str, total: int, *, unit: str = "it", start: int = 0, shown: bool = True):
        self.title, self.unit, self.start, self.done, self.total = title, unit, start, start, total
        self.began = self.said = time.monotonic()
        self.figures: dict[str, float] = {}
        self.lines = shown and not sys.stderr.isatty()
        self.bar = tqdm(
            total=total,
            initial=start,
            desc=title,
            unit=unit,
            unit_scale=unit == "B",
            disable=self.lines or not shown,
        )

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def advance(self, count: int = 1) -> None:
        """Count work that was done, or was handed to the device that does it."""
        self.done += count
        self.bar.update(count)

    def report(self, figures: Mapping[str, float] | None = None) -> None:
        """Show the progress and the figures given; figures given earlier stay."""
        self.figures |= figures or {}
        if self.figures:
            self.bar.set_postfix({name: f"{value:.4g}" for name, value in self.figures.items()})
        now = time.monotonic()
        if self.lines and (now - self.said >= SECONDS_BETWEEN_LINES or self.done == self.total):
            self.said = now
            rate = (self.done - self.start) / max(now - self.began, 1e-9)
            left = (self.total - self.done) / max(rate, 1e-9)
            figures_text = "".join(f"  {name} {value:.4g}" for name, value in self.figures.items())
            print(
                f"{self.title}  {self._amount(self.done)}/{self._amount(self.total)}  "
                f"{self._rate(rate)}/s  {_clock(left)} left{figures_text}",
                flush=True,
            )

    def close(self) -> None:
        """Close the bar."""
        self.bar.close()

    def _amount(self, count: int) -> str:
        return tqdm.format_sizeof(count) if self.unit == "B" else str(count)

    def _rate(self, rate: float) -> str:
        return tqdm.format_sizeof(rate, "B") if self.unit == "B" else f"{rate:.2f} {self.unit}"


def _clock(seconds: float) -> str:
    """Seconds as h:mm:ss or m:ss."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
