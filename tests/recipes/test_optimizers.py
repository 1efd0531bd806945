"""The optimizers' kernels against the formulas as Keras computes them."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from srgan.recipes.optimizers import build_optimizer

KERAS = {
    "adam": lambda beta_1, beta_2: keras.optimizers.Adam(1e-3, beta_1=beta_1, beta_2=beta_2, epsilon=1e-8),
    "rmsprop": lambda *_: keras.optimizers.RMSprop(1e-3, rho=0.99, epsilon=1e-16),
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


@pytest.mark.parametrize(
    ("kind", "betas"),
    [("adam", (0.9, 0.999)), ("adam", (0.0, 0.9)), ("adam", (0.5, 0.999)), ("rmsprop", (0.9, 0.999))],
)
@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_every_step_is_keras(settings, kind, betas, precision):
    stage = settings("pretrain", optimizer=kind, beta_1=betas[0], beta_2=betas[1])
    ours = trajectory(build_optimizer(stage, 1e-3, precision))
    assert np.abs(ours[-1] - ours[0]).max() > 0.005
    np.testing.assert_allclose(ours, trajectory(KERAS[kind](*betas)), rtol=2e-5, atol=1e-6)


def step_through_float16(optimizer):
    """What a weight becomes, from 0, by a gradient of 1e-9 that passes through float16: its least number is 6e-8."""
    weight = keras.Variable(np.zeros(1, "float32"))
    optimizer.build([weight])
    with tf.GradientTape() as tape:
        narrow = tf.cast(weight.value, tf.float16)
        loss = optimizer.scale_loss(1e-9 * tf.reduce_sum(tf.cast(narrow, tf.float32)))
    gradient = tape.gradient(loss, weight.value)
    optimizer.apply([gradient], [weight])
    return weight.numpy()[0]


def test_in_float16_a_gradient_that_would_vanish_moves_the_weight(settings):
    """Micikevicius et al. 1710.03740, section 3.2: with its loss scaled it does not underflow."""
    stage = settings("pretrain", optimizer="adam", beta_1=0.0)
    assert step_through_float16(build_optimizer(stage, 1e-3, "float32")) == 0
    # Adam's first step (Kingma & Ba, section 2): lr sqrt(1 - beta_2) g / (sqrt(1 - beta_2) g + epsilon).
    root = (1 - 0.999) ** 0.5
    expected = -1e-3 * root * 1e-9 / (root * 1e-9 + 1e-8)
    assert step_through_float16(build_optimizer(stage, 1e-3, "mixed_float16")) == pytest.approx(expected, rel=1e-2)


@pytest.mark.parametrize("kind", KERAS)
def test_an_update_is_one_operation_a_weight(settings, kind):
    optimizer, weight = (
        build_optimizer(settings("pretrain", optimizer=kind), 1e-3, "float32"),
        keras.Variable(np.ones(3, "float32")),
    )
    optimizer.build([weight])
    graph = tf.function(lambda: optimizer.apply([tf.ones(3)], [weight])).get_concrete_function().graph
    assert [op.type for op in graph.get_operations() if op.type.startswith("ResourceApply")] == [
        {"adam": "ResourceApplyAdam", "rmsprop": "ResourceApplyRMSProp"}[kind]
    ]


def test_a_gradient_that_overflows_on_any_device_moves_nothing_and_halves_the_scale(repository):
    command = [sys.executable, "-m", "tests.training.overflow"]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
    first, second, finite = [json.loads(line) for line in done.stdout.splitlines()]
    assert first == [1.0, 2.0**14]
    assert second == [1.0, 2.0**13]
    assert finite[0] < 1.0
    assert finite[1] == 2.0**13
