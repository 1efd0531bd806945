"""The three kinds of training step: the generator alone, against a discriminator, against a critic."""
