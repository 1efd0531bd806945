"""How far a degraded LR is from a clean one."""

import numpy as np

SCALE = 4


def difference(lr, clean):
    return float(np.sqrt(np.mean((lr.astype(float) - clean) ** 2)))
