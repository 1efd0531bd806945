"""Adam and RMSProp with one operation for each weight; Keras composes each update of about fifteen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras
import tensorflow as tf

from srgan.losses.replicas import sum_over_replicas
from srgan.params import StageSettings


def build_optimizer(settings: StageSettings, lr: float, precision: str) -> keras.optimizers.Optimizer:
    """The optimizer that a stage's settings name; its learning rate is set again at every iteration.

    float16 gradients underflow, so `mixed_float16` scales the losses (Micikevicius et al. 1710.03740).
    """
    if settings.optimizer == "adam":
        optimizer = Adam(lr, beta_1=settings.beta_1, beta_2=settings.beta_2, epsilon=1e-8)
    else:
        # As in the WGAN authors' code, whose epsilon of 1e-8 is added to the root; here it is added under the root.
        optimizer = RMSprop(lr, rho=0.99, epsilon=1e-16)
    return LossScaled(optimizer) if precision == "mixed_float16" else optimizer


class LossScaled(keras.optimizers.LossScaleOptimizer):
    """Keras' dynamic loss scaling, in which all devices skip a step if a gradient overflows on any of them.

    Keras checks only the first device, before gradients are summed, and would apply an overflow of another.
    """

    def apply(self, grads: list[Any], trainable_variables: Any = None) -> None:
        """Update the weights; if a gradient is not finite, leave them and halve the scale."""
        if tf.distribute.get_replica_context().num_replicas_in_sync > 1:
            finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(gradient)) for gradient in grads])
            lost = sum_over_replicas(tf.cast(~finite, tf.float32))  # devices whose gradients are not finite
            no_number = tf.constant(float("nan"), grads[0].dtype)
            grads = [tf.where(lost > 0, no_number, grads[0]), *grads[1:]]  # so that each device refuses them all
        super().apply(grads, trainable_variables)


def rescale_moments(optimizer: keras.optimizers.Optimizer, factors: Iterable[tuple[keras.Variable, tf.Tensor]]) -> None:
    """Adapt an optimizer's moments to weights that were multiplied by factors: their gradients are divided by them.

    Args:
        optimizer: from build_optimizer, and built.
        factors: weights, and the factors of each, (C,) along its last axis.
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)  # of mixed_float16
    for variable, factor in factors:
        for moment, order in inner.moments(variable):
            moment.assign(moment.value / factor**order)


class Adam(keras.optimizers.Adam):
    """Keras' Adam (Kingma & Ba 1412.6980, section 2's last form), updated by TensorFlow's own kernel."""

    def moments(self, variable: keras.Variable) -> list[tuple[keras.Variable, int]]:
        """The moving averages of a weight's gradient and of its square, each with its power."""
        index = self._get_variable_index(variable)
        return [(self._momentums[index], 1), (self._velocities[index], 2)]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update a weight and its two moments."""
        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations.value + 1, tf.float32)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=tf.pow(self.beta_1, step),
            beta2_power=tf.pow(self.beta_2, step),
            lr=learning_rate,
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


class RMSprop(keras.optimizers.RMSprop):
    """Keras' RMSProp (Tieleman & Hinton 2012), updated by TensorFlow's own kernel. No momentum."""

    def build(self, var_list: Any) -> None:
        """Create the mean squares, and the momentum that TensorFlow's kernel needs even if it is 0."""
        if not self.built:
            super().build(var_list)
            self._momentums = self.add_optimizer_variables(var_list, "momentum")

    def moments(self, variable: keras.Variable) -> list[tuple[keras.Variable, int]]:
        """The moving average of the square of a weight's gradient, with its power."""
        return [(self._velocities[self._get_variable_index(variable)], 2)]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update a weight and the mean square of its gradient."""
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyRMSProp(
            var=variable.handle,
            ms=self._velocities[index].value.handle,
            mom=self._momentums[index].value.handle,
            lr=learning_rate,
            rho=self.rho,
            momentum=0.0,
            epsilon=self.epsilon,
            grad=gradient,
        )
