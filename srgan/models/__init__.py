"""The networks: generator, discriminator or critic, VGG; how they are stored, folded and run in tiles."""
