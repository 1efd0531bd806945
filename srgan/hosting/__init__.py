"""What `srgan web` and `srgan serve` share."""
