"""What the source never does: unpickle, run text, build shell commands, fetch without a checksum, serve to all."""

import ast
import re

import pytest

from srgan.sources.datasets import BUILT_IN_BENCHMARKS, registered

# Modules that run what they read, and calls that do.
MODULES = {"pickle", "cPickle", "cloudpickle", "dill", "marshal", "shelve", "jsonpickle"}
CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "subprocess.getoutput", "joblib.load"}
CALLS |= {"subprocess.getstatusoutput", "yaml.load", "yaml.full_load", "yaml.unsafe_load", "keras.models.load_model"}
CALLS |= {"keras.config.enable_unsafe_deserialization", "tempfile.mktemp"}
PROCESSES = {"run", "Popen", "call", "check_call", "check_output"}
EVERYONE = ("0.0.0.0", "::")


def faults(source):
    """What is wrong in a piece of source, as words."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
            yield from (f"imports {name}" for name in sorted(filter(None, names)) if name.split(".")[0] in MODULES)
        elif isinstance(node, ast.Constant) and node.value in EVERYONE:
            yield f"names the address of all networks, {node.value}"
        elif isinstance(node, ast.Call):
            yield from faults_of_call(ast.unparse(node.func), node)


def faults_of_call(name, node):
    keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
    if name in CALLS:
        yield f"calls {name}"
    if keywords.get("shell", "False") != "False":
        yield "runs a shell"
    if name in ("np.load", "numpy.load") and keywords.get("allow_pickle") != "False":
        yield "np.load without allow_pickle=False"
    if name.startswith("subprocess.") and name.split(".")[1] in PROCESSES and not isinstance(node.args[0], ast.List):
        yield f"{name} without a list of arguments"
    if name == "RemoteFile":
        checksum = keywords.get("checksum") or ast.unparse(node.args[3])
        if not re.match(r"""f?['"](sha256:([0-9a-f]{64}|\{row\[)|md5:[0-9a-f]{32})""", checksum):
            yield f"a download without a checksum: {checksum}"


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "import os; os.system(name)",
        "import subprocess; subprocess.run(f'rm {name}', shell=True)",
        "import subprocess; subprocess.run(command)",
        "yaml.load(text)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "eval(text)",
        "keras.models.load_model(path)",
        "serve('0.0.0.0')",
        "RemoteFile(group='a', name='b', urls=(), checksum='', size=1)",
        "RemoteFile('a', 'b', (), None, 1)",
    ],
)
def test_the_scan_finds(source):
    assert list(faults(source))


def test_no_source_does_any_of_it(repository):
    files = [*repository.glob("srgan/**/*.py"), *repository.glob("stages/*.py"), *repository.glob("benchmarks/*.py")]
    assert len(files) > 50
    found = {path.relative_to(repository).as_posix(): list(faults(path.read_text())) for path in files}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_every_registered_photograph_has_a_sha256():
    files = [file for name in BUILT_IN_BENCHMARKS for file in registered(name)]
    assert len(files) > 100
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", file.checksum) for file in files)


def test_addresses_are_https(repository):
    for path in repository.glob("srgan/**/*.py"):
        for url in re.findall(r"http://[^\s\"'`)]+", path.read_text()):
            assert url.startswith("http://127.0.0.1"), f"{path}: {url}"


@pytest.mark.parametrize("name", ["docs/mlflow.md", "Makefile"])
def test_servers_that_are_recommended_listen_on_this_machine_alone(repository, name):
    text = (repository / name).read_text().replace("\\\n", " ")
    commands = [line for line in text.splitlines() if re.search(r"mlflow (ui|server|models serve)\b.*--", line)]
    assert commands
    assert all("--host 127.0.0.1" in line for line in commands)
