"""LR as photographs come: blurred, resized, noisy, compressed (Wang et al. 2107.10833, Real-ESRGAN, section 3)."""
