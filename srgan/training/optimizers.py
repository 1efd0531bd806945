"""Adam and RMSProp as one operation a weight, where Keras composes each update of about fifteen."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from srgan.params import Stage


def build_optimizer(stage: Stage, lr: float, precision: str) -> keras.optimizers.Optimizer:
    """The optimizer that a stage's settings name; its learning rate is set anew at every iteration.

    float16 gradients underflow, so `mixed_float16` scales the losses (Micikevicius et al. 1710.03740).
    """
    if stage.optimizer == "adam":
        optimizer = Adam(lr, beta_1=stage.beta_1, beta_2=0.999, epsilon=1e-8)
    else:
        # As in the WGAN authors' code, whose epsilon of 1e-8 is added to the root; here it is added under the root.
        optimizer = RMSprop(lr, rho=0.99, epsilon=1e-16)
    return keras.optimizers.LossScaleOptimizer(optimizer) if precision == "mixed_float16" else optimizer


class Adam(keras.optimizers.Adam):
    """Keras' Adam (Kingma & Ba 1412.6980, section 2's last form), updated by TensorFlow's own kernel."""

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
        """Make the mean squares, and the steps that the kernel keeps beside them also where nothing moves on."""
        if not self.built:
            super().build(var_list)
            self._momentums = self.add_optimizer_variables(var_list, "momentum")

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
