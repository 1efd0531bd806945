"""How images are moved before a network looks at them."""

import keras
import numpy as np
import tensorflow as tf

from srgan.losses.shift import random_roll


def test_the_adversary_s_images_are_moved_together_by_a_function_of_the_iteration():
    image = np.arange(2 * 8 * 8 * 3, dtype="float32").reshape(2, 8, 8, 3)
    shifts = set()
    for iteration in range(40):
        iterations = keras.Variable(iteration, dtype="int64")
        roll = random_roll(4, 1, iterations)
        moved = roll(tf.constant(image)).numpy()
        np.testing.assert_array_equal(moved, roll(tf.constant(image)).numpy())  # HR and SR alike
        np.testing.assert_array_equal(moved, random_roll(4, 1, iterations)(tf.constant(image)).numpy())  # and again
        found = [(y, x) for y in range(4) for x in range(4) if (np.roll(image, (y, x), (1, 2)) == moved).all()]
        assert len(found) == 1
        shifts.add(found[0])
    assert len(shifts) > 10
    assert random_roll(0, 1, iterations)(image) is image
