"""Pictures for tests."""

import numpy as np

from srgan.data.resize import enlarge


def smooth(*shape, seed=0):
    """A picture without hard edges, uint8: what is rounded between two passes is small then."""
    small = np.random.default_rng(seed).integers(40, 216, (-(-shape[0] // 4), -(-shape[1] // 4), *shape[2:]), np.uint8)
    return enlarge(small, 4)[: shape[0], : shape[1]]
