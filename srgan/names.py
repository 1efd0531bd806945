"""What people call the networks and the pictures, in every table, page and picture."""

NAMES = {"pretrain": "SRResNet", "gan": "SRGAN", "vgg": "SRGAN-VGG", "wgan": "WGAN"}  # by the stage that trains them
COLUMNS = {"bicubic": "bicubic", **NAMES, "target": "photograph"}  # side by side, in this order
