"""The house keeps its layers: nothing imports to its right, and the map lists the rooms that exist."""

import ast
from pathlib import Path

import monitor

PACKAGE = Path(monitor.__file__).parent
ORDER = (
    "errors < types < sources < fetch < parse < extract < classify < stories < summarise < notify < feedback < ports"
    " < jobs|adapters|config < bootstrap < web < cli"
)
RANK = {room: rank for rank, level in enumerate(ORDER.split("<")) for room in level.strip().split("|")}
PURE = (
    "errors",
    "types",
    "sources",
    "fetch",
    "parse",
    "extract",
    "classify",
    "stories",
    "summarise",
    "notify",
    "feedback",
)
#: What acts: a stage that imports one of these is no longer a value in, a value out.
ACTING = {
    "requests",
    "urllib3",
    "socket",
    "sqlalchemy",
    "slack_sdk",
    "subprocess",
    "threading",
    "apscheduler",
    "structlog",
}


def room_of(path: Path) -> str:
    """Give the first-level room a module lives in."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Give the dotted names a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def modules() -> list[Path]:
    """Give every module of the package that lives in a ranked room."""
    return [path for path in sorted(PACKAGE.rglob("*.py")) if room_of(path) in RANK]


def test_no_room_imports_one_to_its_right_or_beside_it() -> None:
    """A room may import only rooms that come before it in the order."""
    wrong = []

    for path in modules():
        here = room_of(path)
        for name in imports(path):
            parts = name.split(".")
            there = parts[1] if parts[0] == "monitor" and len(parts) > 1 else ""
            if there in RANK and there != here and RANK[there] >= RANK[here]:
                wrong.append(f"{path.relative_to(PACKAGE)} imports monitor.{there}")

    assert wrong == []


def test_pure_rooms_import_nothing_that_acts() -> None:
    """A stage of the river takes values and gives values: no network, database, threads or logging."""
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in modules()
        if room_of(path) in PURE
        for name in imports(path)
        if name.split(".")[0] in ACTING
    ]

    assert wrong == []


def test_every_ranked_room_exists_and_every_room_is_ranked() -> None:
    """The order names each room of the package once, and no other; one is reserved."""
    names = {path.name.removesuffix(".py") for path in PACKAGE.iterdir()}

    rooms = {name for name in names if not name.startswith("_") and name not in {"data", "py.typed"}}

    assert rooms | {"web"} == set(RANK)


def test_the_map_has_a_line_for_every_room() -> None:
    """The docstring of the package names each room at the start of a line."""
    lines = (monitor.__doc__ or "").splitlines()

    missing = [
        room for room in RANK if room not in {"errors", "types"} and not any(ln.split()[:1] == [room] for ln in lines)
    ]

    assert missing == []


def test_the_map_states_the_order_the_test_enforces() -> None:
    """The order is written once for people and once for the test, and both are the same."""
    stated = " ".join((monitor.__doc__ or "").split())

    assert ORDER.replace("|", " | ") in stated


def test_every_module_says_what_it_takes_and_gives() -> None:
    """The first line of each module is its contract in one sentence."""
    wrong = []

    for path in sorted(PACKAGE.rglob("*.py")):
        first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]
        if "migrations/versions" not in str(path) and not ("takes" in first.lower() and "gives" in first.lower()):
            wrong.append(str(path.relative_to(PACKAGE)))

    assert wrong == []
