"""What is handed over - sdist, wheel, container - holds all it needs and nothing else, and the wheel alone runs."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import zipfile
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import typer.main

from monitor.cli import app

ROOT = Path(__file__).parents[2]
BUILT_FROM = ("src", "config", "models", "pyproject.toml", "README.md", "LICENSE", ".gitignore")
STRAYS = (
    "config/monitor.schema.json",
    "models/my-own-1/model.json",
    "models/labels.jsonl",
    "src/monitor/__pycache__/types.cpython-311.pyc",
    "data/monitor.db",
    ".env",
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of what is built from, with files beside it that use of the repository leaves there."""
    tree = tmp_path_factory.mktemp("tree")
    for name in BUILT_FROM:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tree)
    for name in STRAYS:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("stray", encoding="utf-8")
    return tree


@pytest.fixture(scope="module")
def sdist(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the unpacked sdist."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build("sdist", tree, folder)) as archive:
        archive.extractall(folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the unpacked wheel, built as an installer builds it: from the sdist."""
    folder = tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(build("wheel", sdist, folder)) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def build(target: str, source: Path, into: Path) -> Path:
    """Build one distribution with the backend that pyproject.toml names; no network is asked."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", into],
        cwd=source,
        check=True,
        capture_output=True,
    )
    return next(path for path in into.iterdir() if path.is_file())


def files(folder: Path) -> set[str]:
    """Give the paths of all files below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def run(wheel: Path, cwd: Path, *args: str) -> str:
    """Run Python on the wheel alone, from another folder, without the editable install coming first."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "MONITOR_", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-P", *args],
        cwd=cwd,
        env=clean | {"PYTHONPATH": str(wheel), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_every_file_of_the_package_and_no_stray(wheel: Path) -> None:
    """Modules, word lists, the demo's newsroom, migrations and the type marker travel; what lies about stays."""
    package = {f"monitor/{name}" for name in files(ROOT / "src/monitor") if "__pycache__" not in name}
    starters = {f"monitor/_shipped/config/{path.name}" for path in (ROOT / "config").glob("*.yaml")}

    held = {name for name in files(wheel) if ".dist-info/" not in name}

    models = {name for name in held if name.startswith("monitor/_shipped/models/")}
    current = (wheel / "monitor/_shipped/models/current").read_text(encoding="utf-8").strip()
    assert held - models == package | starters
    assert {"monitor/py.typed", "monitor/data/idf.txt.gz", "monitor/cli/demo/newsroom.jsonl"} <= held
    assert any(name.startswith("monitor/adapters/store/migrations/versions/0001") for name in held)
    assert {f"monitor/_shipped/models/{current}/{part}" for part in ("model.json", "model.npz", "card.json")} <= models
    assert not any("my-own" in name or name.endswith("/labels.jsonl") for name in models)


def test_a_wheel_built_from_the_tree_is_the_one_built_from_the_sdist(tree: Path, wheel: Path, tmp_path: Path) -> None:
    """The sdist leaves out nothing that a build needs, and no stray gets in by the other way."""
    with zipfile.ZipFile(build("wheel", tree, tmp_path)) as archive:
        names = set(archive.namelist())

    assert names == files(wheel)


def test_the_sdist_holds_no_stray(sdist: Path) -> None:
    """Trained models, labels, databases and tokens of whoever builds it are not published."""
    held = files(sdist)

    assert {"pyproject.toml", "src/monitor/__init__.py", "models/current"} <= held
    assert held & set(STRAYS) == set()


def test_the_wheel_alone_finds_its_own_package_models_and_starter_config(wheel: Path, tmp_path: Path) -> None:
    """Nothing points back into the repository."""
    code = "import monitor, monitor.config as c; print(monitor.__file__, c.shipped('models'), c.shipped('config'))"

    found = run(wheel, tmp_path, "-c", code).split()

    assert found == [
        str(wheel / name) for name in ("monitor/__init__.py", "monitor/_shipped/models", "monitor/_shipped/config")
    ]


def test_the_wheel_alone_shows_the_demo(wheel: Path, tmp_path: Path) -> None:
    """The first command a newcomer runs needs no repository: newsroom, migrations, model and word lists are inside."""
    shown = run(wheel, tmp_path, "-m", "monitor", "demo", "--plain")

    assert "Second round" in shown
    assert "The tour" in shown
    assert list(tmp_path.iterdir()) == []


def test_the_wheel_alone_writes_a_config_checks_it_and_scores(wheel: Path, tmp_path: Path) -> None:
    """From an empty folder to a verdict."""
    article = {
        "id": "1",
        "title": "Port police seize cocaine",
        "text": "Officers found 300 kg of cocaine in a container.",
    }
    (tmp_path / "news.jsonl").write_text(json.dumps(article) + "\n", encoding="utf-8")

    run(wheel, tmp_path, "-m", "monitor", "init")
    checked = run(wheel, tmp_path, "-m", "monitor", "check", "--json")
    scored = json.loads(run(wheel, tmp_path, "-m", "monitor", "try", "score", "news.jsonl"))

    assert json.loads(checked)["ok"] is True
    assert scored["topics"].keys() == {"drug_policy", "bilateral_security"}


def stages() -> list[list[tuple[str, str]]]:
    """Give the Dockerfile's instructions, by stage."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    found: list[list[tuple[str, str]]] = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        word, rest = line.split(maxsplit=1)
        if word == "FROM":
            found.append([])
        found[-1].append((word, rest.strip()))
    return found


def is_command(words: list[str]) -> bool:
    """Say whether `monitor` has such a command, with such options."""
    command: Any = typer.main.get_command(app)
    for word in words:
        if not word.startswith("-"):
            command = getattr(command, "commands", {}).get(word)
    if command is None or getattr(command, "commands", None):
        return False
    known = {option for parameter in command.params for option in parameter.opts}
    return {word for word in words if word.startswith("-")} <= known


def test_the_image_copies_what_is_there_and_is_let_through() -> None:
    """Each source of a COPY exists and `.dockerignore`, which shuts out everything, names it as an exception."""
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copies = [
        shlex.split(rest)[:-1]
        for word, rest in chain.from_iterable(stages())
        if word == "COPY" and "--from" not in rest
    ]

    copied = {name for names in copies for name in names}

    assert "*" in ignored
    assert copied == allowed
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_the_image_runs_a_real_command_without_root() -> None:
    """The last stage leaves root before it ends, and what it starts is a command of ours."""
    last = dict(stages()[-1])

    assert last["USER"] == "10001:10001"
    assert json.loads(last["ENTRYPOINT"]) == ["monitor"]
    assert is_command(json.loads(last["CMD"]))
