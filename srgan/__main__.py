"""The command line: srgan COMMAND, or in a checkout python -m srgan COMMAND."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence

from srgan import __version__, interrupt
from srgan.errors import UserError

PIPE_CLOSED = 141  # exit status of a program that SIGPIPE ends

# Command -> what it does, in one line. Each is a module srgan/commands/<command>.py that imports its libraries when it
# runs: TensorFlow takes seconds to import, and --help must not.
COMMANDS = {
    "upscale": "Enlarge pictures with a trained network",
    "web": "Enlarge pictures on a page in the browser",
    "serve": "Enlarge pictures for programs, over HTTP",
    "shrink": "Shrink pictures as benchmarks do",
    "score": "Measure enlarged pictures against the originals",
    "export": "Write a network as SavedModel, ONNX or TFLite",
    "interpolate": "Mix the weights of two networks",
    "params": "Write params.yaml from a preset",
    "compare": "Compare experiments on a page",
    "scratch": "List the checkpoints of interrupted runs, or remove them",
}


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="srgan",
        description="Super-resolution with SRResNet, SRGAN and WGAN. Training is a pipeline: see `dvc repro`.",
    )
    parser.add_argument("--version", action="version", version=f"srgan {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        module = importlib.import_module(f"srgan.commands.{name}")
        command = commands.add_parser(
            name, help=f"{summary[0].lower()}{summary[1:]}", description=f"{summary}. {module.__doc__}"
        )
        command.set_defaults(main=module.main)
        module.add(command)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0, 1 for an error, 2 for a wrong command line, 130 if interrupted."""
    options = build_parser().parse_args(arguments)
    try:
        options.main(options)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if not error.name or error.name.partition(".")[0] == "srgan":
            raise
        print(
            f"error: {options.command} needs the package {error.name}; in a copy of the project run pip install . to "
            "enlarge pictures, or pip install '.[train]' for everything",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except OSError as error:
        if not error.filename:
            raise
        print(f"error: {error.filename}: {error.strerror}; check the path and who may use it", file=sys.stderr)
        return 1
    return 0


def command() -> None:
    """Run the console script. If the reader of its output has gone, exit as SIGPIPE would make it."""
    interrupt.watch()
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller, as with `2>&-`
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115, PTH123  (until the process ends)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without arrows or umlauts costs no result
    try:
        try:
            status: int | str | None = main()
        except SystemExit as end:  # of argparse, after --help or a wrong command line
            status = end.code
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered is lost without a word
        status = PIPE_CLOSED
    sys.exit(status)


if __name__ == "__main__":
    command()
