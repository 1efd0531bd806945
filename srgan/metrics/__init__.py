"""The figures of one picture: distortion, perception, artefacts."""
