"""How HR is degraded to LR: blur, resize, noise, JPEG, once or twice (Wang et al. 2107.10833).

The first order works on HR, the last one ends at LR's size, as in the authors' code: its factor of resizing is
relative to LR's size, and at its end the picture is brought to that size and filtered by a sinc before or after JPEG.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import tensorflow as tf

from srgan.data.batches import Degrade
from srgan.degradation.blur import SIDE, bell, convolve, sinc
from srgan.degradation.draws import Draws
from srgan.degradation.jpeg import BLOCK, compress
from srgan.degradation.noise import gaussian, poisson
from srgan.params.degradation import Degradation, Order

MARGIN = 4  # HR pixels around a crop at least, so that a blur sees less of the mirrored border
NUMBERS = 64  # random numbers of a record; so many are enough for two orders
SMALL_KERNEL = 13  # px; a smaller one is too small for a sinc of a low frequency: the authors' code
LEAST_CUTOFF = 1 / 3  # of such a kernel, in parts of pi


class Drawn(NamedTuple):
    """What one order does to each record of a batch."""

    kernel: tf.Tensor  # (B, SIDE, SIDE)
    blurs: tf.Tensor  # bool (B,)
    factor: tf.Tensor  # (B,) of resizing
    interpolation: tf.Tensor  # int32 (B,)
    is_gaussian: tf.Tensor  # bool (B,)
    sigma: tf.Tensor  # (B,) levels
    poisson: tf.Tensor  # (B,) scale
    grey: tf.Tensor  # bool (B,)
    key: tf.Tensor  # int32 (B, 2) of the noise
    quality: tf.Tensor  # int32 (B,)
    phase: tf.Tensor  # int32 (B, 2)
    halved: tf.Tensor  # bool (B,), JPEG's colours


class End(NamedTuple):
    """How LR's size is reached, for each record of a batch."""

    interpolation: tf.Tensor  # int32 (B,)
    kernel: tf.Tensor  # (B, SIDE, SIDE)
    filters: tf.Tensor  # bool (B,)
    jpeg_first: tf.Tensor  # bool (B,)


def degradation(settings: Degradation, scale: int) -> Degrade | None:
    """What makes LR, as `srgan.data.batches.batches` takes it; None where LR stays as it is stored.

    Args:
        settings: the section `degradation`.
        scale: enlargement.
    """
    if not settings.orders:
        return None
    margin = -(-MARGIN // scale)  # LR pixels

    @tf.autograph.experimental.do_not_convert
    def lr(windows: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
        draws = Draws(numbers)
        orders = tuple(draw(order, settings, draws) for order in (settings.first, settings.last)[-settings.orders :])
        end, crop = draw_end(settings, draws), _Crop(settings, windows.shape[1] // scale)
        made = tf.map_fn(lambda drawn: crop.degrade(*drawn), (windows, orders, end), fn_output_signature=tf.uint8)
        return made[:, margin:-margin, margin:-margin]

    return Degrade(margin * scale, NUMBERS, lr)


def draw(order: Order, settings: Degradation, draws: Draws) -> Drawn:
    """Draw what an order does to each record."""
    low, high = order.factor
    enlarged, shrunk = draws.uniform(max(1, low), max(1, high)), draws.uniform(min(1, low), min(1, high))
    direction = draws.choice([order.resize.up, order.resize.down, order.resize.keep])
    return Drawn(
        kernel=draw_kernel(order, draws),
        blurs=draws.chance(order.blur),
        factor=tf.where(direction == 0, enlarged, tf.where(direction == 1, shrunk, 1.0)),
        interpolation=draws.whole(0, len(settings.interpolations) - 1),
        is_gaussian=draws.chance(order.gaussian),
        sigma=draws.uniform(*order.noise),
        poisson=draws.uniform(*order.poisson),
        grey=draws.chance(order.grey),
        key=draws.key(),
        quality=draws.whole(*order.jpeg),
        phase=draw_phase(draws),
        halved=draws.chance(order.halved_colours),
    )


def draw_kernel(order: Order, draws: Draws) -> tf.Tensor:
    """A blur kernel for each record: (B, SIDE, SIDE)."""
    kinds = dict(order.kernels)  # in the order of the section
    kind = draws.choice(list(kinds.values()))
    side = draw_side(*order.side, draws)

    def drawn(word: str) -> tf.Tensor:
        numbers = [number for number, name in enumerate(kinds) if word in name]
        return tf.reduce_any(kind[:, tf.newaxis] == tf.constant(numbers), axis=1)

    along, across = draws.uniform(*order.sigma), draws.uniform(*order.sigma)
    sigma = (along, tf.where(drawn("anisotropic"), across, along))
    generalised, plateau = draw_exponent(*order.generalised, draws), draw_exponent(*order.plateau, draws)
    exponent = tf.where(drawn("generalised"), generalised, tf.where(drawn("plateau"), plateau, 1.0))
    bells = bell(side, sigma, draws.uniform(-math.pi, math.pi), exponent, drawn("plateau"))
    return tf.where(drawn("sinc")[:, tf.newaxis, tf.newaxis], draw_sinc(order.cutoff, side, draws), bells)


def draw_exponent(low: float, high: float, draws: Draws) -> tf.Tensor:
    """An exponent for each record: (B,). As in the authors' code, half of them are below a Gaussian's, which is 1."""
    unit = draws.uniform(0, 2)
    if not low <= 1 <= high:
        return low + (high - low) * unit / 2
    return tf.where(unit < 1, low + (1 - low) * unit, 1 + (high - 1) * (unit - 1))


def draw_sinc(cutoff: tuple[float, float], side: tf.Tensor, draws: Draws) -> tf.Tensor:
    """A sinc kernel for each record: (B, SIDE, SIDE)."""
    low, high = cutoff
    small = draws.uniform(max(low, LEAST_CUTOFF), max(high, LEAST_CUTOFF))
    return sinc(side, math.pi * tf.where(side < SMALL_KERNEL, small, draws.uniform(low, high)))


def draw_side(low: int, high: int, draws: Draws) -> tf.Tensor:
    """An odd number of pixels: int32 (B,)."""
    return 2 * draws.whole(low // 2, high // 2) + 1


def draw_phase(draws: Draws) -> tf.Tensor:
    """Where JPEG's blocks lie: int32 (B, 2)."""
    return tf.stack([draws.whole(0, BLOCK - 1), draws.whole(0, BLOCK - 1)], axis=1)


def draw_end(settings: Degradation, draws: Draws) -> End:
    """Draw how each record ends."""
    return End(
        interpolation=draws.whole(0, len(settings.interpolations) - 1),
        kernel=draw_sinc(settings.final_cutoff, draw_side(7, SIDE, draws), draws),
        filters=draws.chance(settings.final_sinc),
        jpeg_first=draws.chance(0.5),
    )


class _Crop:
    """One crop on its way to LR.

    Args:
        settings: the section `degradation`.
        side: pixels of LR's side.
    """

    def __init__(self, settings: Degradation, side: int):
        self.settings, self.side = settings, side

    def degrade(self, hr: tf.Tensor, orders: tuple[Drawn, ...], end: End) -> tf.Tensor:
        """HR, uint8 (H, H, 3), to LR, uint8 (side, side, 3), in one order or two."""
        *before, last = orders
        image = tf.cast(hr, tf.float32)
        for first in before:
            image = self._compress(self._order(image, first, hr.shape[0]), first, self.settings.first)
        image = self._order(image, last, self.side)
        image = tf.cond(
            end.jpeg_first,
            lambda: self._end(self._compress(image, last, self.settings.last), end),
            lambda: self._compress(self._end(image, end), last, self.settings.last),
        )
        return tf.ensure_shape(tf.cast(tf.round(tf.clip_by_value(image, 0, 255)), tf.uint8), [self.side, self.side, 3])

    def _order(self, image: tf.Tensor, drawn: Drawn, side: int) -> tf.Tensor:
        """Blur, resize to drawn.factor times the side, noise."""
        image = _convolve_if(drawn.blurs, image, drawn.kernel)
        target = tf.maximum(tf.cast(tf.round(drawn.factor * side), tf.int32), BLOCK)
        image = self._resize(image, target, drawn.interpolation)
        image = tf.cond(
            drawn.is_gaussian,
            lambda: gaussian(image, drawn.sigma, drawn.grey, drawn.key),
            lambda: poisson(image, drawn.poisson, drawn.grey, drawn.key),
        )
        return tf.clip_by_value(image, 0, 255)

    def _compress(self, image: tf.Tensor, drawn: Drawn, order: Order) -> tf.Tensor:
        return compress(image, drawn.quality, drawn.phase, drawn.halved, order.jpeg)

    def _end(self, image: tf.Tensor, end: End) -> tf.Tensor:
        """Resize to LR's size, and filter."""
        return _convolve_if(end.filters, self._resize(image, self.side, end.interpolation), end.kernel)

    def _resize(self, image: tf.Tensor, side: tf.Tensor | int, interpolation: tf.Tensor) -> tf.Tensor:
        def by(method: str) -> tf.Tensor:
            return tf.image.resize(image, [side, side], method, antialias=self.settings.antialias)

        return tf.switch_case(interpolation, [lambda name=name: by(name) for name in self.settings.interpolations])


def _convolve_if(condition: tf.Tensor, image: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    return tf.cond(condition, lambda: convolve(image, kernel), lambda: image)
