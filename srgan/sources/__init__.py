"""Where photographs and VGG's weights come from."""
