"""What a generator is told about its images: content, pixels, and all terms as one gradient."""
