"""What people call the networks, in every table, page and picture."""

NAMES = {"pretrain": "SRResNet", "gan": "SRGAN", "vgg": "SRGAN-VGG", "wgan": "WGAN"}  # by the stage that trains them
