"""What the tests of `upscale` share."""

from srgan.__main__ import main
from srgan.inference.enlarger import Enlarger


def run(*arguments):
    return main(["upscale", *map(str, arguments)])


def fail_at(monkeypatch, name, error):
    """Let the enlargement of a file with this name raise an error."""
    enlarge_file = Enlarger.enlarge

    def failing(self, source, *arguments):
        if source.name == name:
            raise error
        return enlarge_file(self, source, *arguments)

    monkeypatch.setattr(Enlarger, "enlarge", failing)
