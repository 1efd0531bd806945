"""The size of a result, if it is not the size that the network makes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from srgan.errors import UserError


@dataclass(frozen=True)
class Size:
    """A requested size: a multiple of the picture's, or a width, a height or both in pixels.

    With only a width or only a height, the picture keeps its proportions.
    """

    scale: float | None = None
    width: int | None = None
    height: int | None = None

    def of(self, path: Path, height: int, width: int, most: int) -> tuple[int, int]:
        """Height and width of the result.

        Args:
            path: of the picture, for messages.
            height: of the picture.
            width: of the picture.
            most: the factor by which the network enlarges.

        Raises:
            UserError: the requested size is larger than the network makes.
        """
        tall, wide = (self.scale or most) * height, (self.scale or most) * width
        if self.height:
            tall, wide = self.height, self.width or self.height * width / height
        elif self.width:
            tall, wide = self.width * height / width, self.width
        result = max(1, round(tall)), max(1, round(wide))
        if result[0] > most * height or result[1] > most * width:
            raise UserError(
                f"{path}: {result[1]} x {result[0]} is asked for, and the network makes {most * width} x "
                f"{most * height} of its {width} x {height}; ask for less, or enlarge the result again"
            )
        return result
