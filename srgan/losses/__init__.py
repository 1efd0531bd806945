"""The losses of a generator: of content, of pixels, and the sum of all terms as one gradient."""
