"""Where photographs and VGG's weights come from, and how photographs are cut into patches."""
