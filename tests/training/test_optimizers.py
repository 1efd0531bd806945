"""The optimizers' kernels against the formulas as Keras computes them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan.params import load_params
from srgan.training.optimizers import build_optimizer

KERAS = {
    "adam": lambda: keras.optimizers.Adam(1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8),
    "rmsprop": lambda: keras.optimizers.RMSprop(1e-3, rho=0.99, epsilon=1e-16),
}


def trajectory(optimizer, steps=30):
    """Two weights after every step, down gradients that are a function of the weights and the step."""
    rng = np.random.default_rng(4)
    weights = [keras.Variable(rng.normal(size=shape).astype("float32")) for shape in ((3, 4), (5,))]
    optimizer.build(weights)

    @tf.function
    def step(noise):
        with tf.GradientTape() as tape:
            loss = tf.add_n([tf.reduce_sum(tf.square(weight.value) * noise) for weight in weights])
            loss = optimizer.scale_loss(loss)
        optimizer.apply(tape.gradient(loss, [weight.value for weight in weights]), weights)

    found = []
    for number in range(steps):
        optimizer.learning_rate = 1e-2 / (1 + number)
        step(tf.constant(rng.normal(1.0, 2.0), tf.float32))
        found.append(np.concatenate([weight.numpy().ravel() for weight in weights]))
    return np.array(found)


@pytest.mark.parametrize("kind", KERAS)
@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_every_step_is_keras(repository, kind, precision):
    stage = load_params(repository / "params.yaml").pretrain.model_copy(update={"optimizer": kind, "beta_1": 0.9})
    ours = trajectory(build_optimizer(stage, 1e-3, precision))
    assert np.abs(ours[-1] - ours[0]).max() > 0.005
    np.testing.assert_allclose(ours, trajectory(KERAS[kind]()), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("kind", KERAS)
def test_an_update_is_one_operation_a_weight(repository, kind):
    stage = load_params(repository / "params.yaml").pretrain.model_copy(update={"optimizer": kind})
    optimizer, weight = build_optimizer(stage, 1e-3, "float32"), keras.Variable(np.ones(3, "float32"))
    optimizer.build([weight])
    graph = tf.function(lambda: optimizer.apply([tf.ones(3)], [weight])).get_concrete_function().graph
    assert [op.type for op in graph.get_operations() if op.type.startswith("ResourceApply")] == [
        {"adam": "ResourceApplyAdam", "rmsprop": "ResourceApplyRMSProp"}[kind]
    ]
