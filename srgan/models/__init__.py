"""The networks: generator, discriminator (or critic), and the VGG19 features of the content loss."""
