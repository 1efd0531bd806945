"""The commands and settings that README.md and the guides show are ones that there are."""

import argparse
import contextlib
import importlib.util
import itertools
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from dvc.cli import DvcParserError
from dvc.cli import parse_args as parse_dvc

from srgan.__main__ import COMMANDS, build_parser
from srgan.errors import UserError
from srgan.params import Params
from srgan.params.presets import names
from srgan.params.read import parse_params, read_yaml
from srgan.pipeline import TRAINING_STAGES
from tests.pages import PAGES, REPOSITORY, blocks, code_spans, commands, text_of

# Programs of others, whose options are not checked here.
OTHERS = {
    ".",
    "base64",
    "cp",
    "curl",
    "docker",
    "mypy",
    "echo",
    "export",
    "git",
    "kubectl",
    "mlflow",
    "npm",
    "prometheus",
    "python3",
    "ruff",
    "sed",
    "ssh",
    "tar",
}
OWN = ("srgan", "stages", "benchmarks", "tests", "tools")
PARAMS = yaml.safe_load((REPOSITORY / "params.yaml").read_text(encoding="utf-8"))


def lenient():
    """The parser of `srgan`, for a command line in a sentence, which may leave out what it is not about."""
    parser = build_parser()
    (commands_of,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    for command in commands_of.choices.values():
        for argument in command._actions:
            argument.required = False
            if argument.nargs is None:
                argument.nargs = "?"
            elif argument.nargs == "+":
                argument.nargs = "*"
    return parser


def parsed(words, parser):
    """What a parser makes of a command line; None where it refuses it."""
    with contextlib.suppress(SystemExit):
        return parser.parse_args(words)


def check_srgan(words, parser):
    options = parsed(words, parser)
    assert options, f"srgan {' '.join(words)}"
    if options.command == "params" and options.preset:
        assert options.preset in names(REPOSITORY / "params"), words
    model = getattr(options, "model", None)
    if model and "/" in model and not model.startswith("models:/"):
        assert (REPOSITORY / model / "model.json").is_file(), words


def check_module(module, words):
    """A module of this project is there, and knows the options."""
    spec = importlib.util.find_spec(module)
    assert spec, module
    if spec.submodule_search_locations:
        spec = importlib.util.find_spec(f"{module}.__main__")
    source = Path(spec.origin).read_text(encoding="utf-8")
    for option in words:
        if option.startswith("-"):
            assert f'"{option}"' in source, f"{module} {option}"


def check_dvc(words):
    options = parse_dvc(words)
    pipeline = yaml.safe_load((REPOSITORY / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    if words[0] in ("repro", "status"):
        assert set(options.targets) <= set(pipeline), words
    if words[:2] == ["exp", "run"]:
        check_settings(options.set_param)


def check_settings(assignments):
    """Settings as `dvc exp run -S` takes them: section.key=value, or values of a sweep with commas between."""
    pairs = [assignment.partition("=")[::2] for assignment in assignments]
    for values in itertools.product(*(value.split(",") for _, value in pairs)):
        changed = yaml.safe_load(yaml.safe_dump(PARAMS))
        for (key, _), value in zip(pairs, values, strict=True):
            section, _, setting = key.partition(".")
            assert setting in changed.get(section, ()), key
            changed[section][setting] = yaml.safe_load(value)
        parse_params(yaml.safe_dump(changed), Path("params.yaml"))


def check_pip(words):
    extras = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    known = extras["tool"]["setuptools"]["dynamic"]["optional-dependencies"]
    for before, word in itertools.pairwise(words):
        if before == "-r":
            assert (REPOSITORY / word).is_file(), word
    for word in words:
        if extra := re.fullmatch(r"\.\[(\w+)\]", word):
            assert extra[1] in known, word


def check_make(words):
    targets = re.findall(r"^([\w-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {word for word in words if "=" not in word} <= set(targets), words


def check_script(words):
    assert (REPOSITORY / words[0]).is_file(), words
    assert {word for word in words[1:] if word.isalpha()} <= set(TRAINING_STAGES), words


def check(words, parser):
    """Fail if a command is none that there is."""
    match words:
        case ["srgan", *rest] | ["python", "-m", "srgan", *rest]:
            check_srgan(rest, parser)
        case ["python", "-m", module, *rest] if module.partition(".")[0] in OWN:
            check_module(module, rest)
        case ["python", "-c" | "-X", *_]:
            pass
        case ["dvc", *rest]:
            check_dvc(rest)
        case ["make", *rest]:
            check_make(rest)
        case ["pip", "install", *rest]:
            check_pip(rest)
        case ["pytest", *rest]:
            assert all((REPOSITORY / word).exists() for word in rest if word.startswith("tests/")), rest
        case ["sbatch", *rest]:
            check_script([word for word in rest if not word.startswith("-")])
        case [script, *_] if script.startswith(("cluster/", ".ci/")):
            check_script(words)
        case _:
            assert words[0] in OTHERS, f"no check knows the command {words[0]}"


@pytest.mark.parametrize("page", PAGES)
def test_commands_in_blocks(page):
    for block in blocks(page, "sh"):
        for words in commands(block):
            check(words, build_parser())


@pytest.mark.parametrize("page", PAGES)
def test_commands_in_sentences(page):
    for span in code_spans(page):
        if re.match(r"(srgan|python -m|make|dvc|pip install|pytest|cluster/\S+\.sh) ", span):
            for words in commands(span):
                check(words, lenient())


@pytest.mark.parametrize("page", PAGES)
def test_options_in_sentences(page):
    scripts = [*REPOSITORY.glob("benchmarks/*.py"), REPOSITORY / "tests/soak/__main__.py"]
    others = "".join(path.read_text(encoding="utf-8") for path in scripts)
    for span in code_spans(page):
        if span.startswith("--"):
            words = span.split()
            assert f'"{words[0]}"' in others or any(parsed([each, *words], lenient()) for each in COMMANDS), span


@pytest.mark.parametrize("page", PAGES)
def test_settings_in_sentences(page):
    for span in code_spans(page):
        found = re.fullmatch(r"(\w+)\.(\w+)(?:: (.+))?", span)
        if found and found[1] in PARAMS:
            section, setting, value = found.groups()
            assert setting in PARAMS[section], span
            changed = PARAMS[section] | ({setting: read_yaml(value)} if value else {})
            assert not faults({section: changed}, (section, setting)), span


def faults(changes, where):
    """What is wrong with a value, taken alone."""
    try:
        Params.model_validate(PARAMS | changes)
    except ValueError as error:
        return [each for each in error.errors() if each["loc"] == where]
    return []


@pytest.mark.parametrize("page", PAGES)
def test_settings_in_blocks(page):
    for block in blocks(page, "yaml"):
        changes = yaml.safe_load(block)
        for section, settings in changes.items():
            changes[section] = PARAMS[section] | settings
        parse_params(yaml.safe_dump(PARAMS | changes), Path(page))


WRONG = (
    "srgan upscal photo.jpg -o large.png",
    "srgan upscale photo.jpg",
    "srgan upscale photo.jpg -o large.png --enlarge 2",
    "srgan upscale photo.jpg -o large.png --device tpu",
    "srgan upscale photo.jpg -o large.png --model pretrained/esrgan",
    "python -m srgan params papre",
    "python -m tests.soke",
    "python -m tests.soak --times 50",
    "dvc exp runs",
    "dvc repro --forced",
    "dvc repro downloads",
    "dvc exp run -S gan.lrr=1",
    "dvc exp run -S 'gan.lr=1e-4,fast'",
    "make everything",
    "pip install -r requirements-tpu.txt",
    "pip install '.[tpu]'",
    "pytest tests/test_nothing.py",
    "cluster/worker.sh 0 a:2222,b:2222 gann",
    "FOO=1 nosuchprogram | cat > file",
)


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_command_is_noticed(line):
    with pytest.raises((AssertionError, DvcParserError, UserError)):
        for words in commands(line):
            check(words, build_parser())


@pytest.mark.parametrize("line", ["srgan upscale --enlarge 2", "srgan export --format gif", "srgan enlarge photo.jpg"])
def test_a_wrong_command_in_a_sentence_is_noticed(line):
    with pytest.raises(AssertionError):
        check(line.split(), lenient())


def test_commands_that_git_and_github_run():
    hooks = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    jobs = yaml.safe_load((REPOSITORY / ".github/workflows/ci.yaml").read_text(encoding="utf-8"))["jobs"]
    steps = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    lines = [hook["entry"].removeprefix(".venv/bin/") for hook in hooks] + steps
    assert len(lines) == 8
    for line in lines:
        for words in commands(line):
            check(words, build_parser())


def test_there_is_something_to_check():
    shown = [words for page in PAGES for block in blocks(page, "sh") for words in commands(block)]
    assert len(shown) > 60
    assert {"srgan", "python", "dvc", "make", "pip"} <= {words[0] for words in shown}
    assert all(text_of(page).count("```") % 2 == 0 for page in PAGES)
