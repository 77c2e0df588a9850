"""What an import really brings with it, and that pure code never asks what time it is."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "meshboard"
PURE = ("domain", "trust", "wire", "sync", "link", "errors", "clock")
OF_THE_SHELL = {
    "asyncio", "socket", "sqlite3", "sqlmodel", "sqlalchemy", "pydantic",
    "textual", "meshtastic", "pubsub", "serial",
}  # fmt: skip
"""Not time, os or threading: the interpreter and the cryptography package may bring those by themselves."""
ASKING_THE_TIME = {"now", "today", "utcnow"}

LOADED_BY = """
import sys
from importlib import import_module
from pkgutil import walk_packages
before = set(sys.modules)
for name in sys.argv[1:]:
    package = import_module(name)
    for module in walk_packages(getattr(package, "__path__", []), f"{name}."):
        import_module(module.name)
import json
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before})))
"""


def loaded_by(*names: str) -> set[str]:
    """Return the top-level packages that importing these modules, and all in them, brings with it."""
    ran = subprocess.run(
        [sys.executable, "-c", LOADED_BY, *names], capture_output=True, text=True, timeout=60, check=True
    )
    return set(json.loads(ran.stdout))


def pure_files() -> Iterator[Path]:
    for name in PURE:
        path = PACKAGE / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def questions_about_the_time(source: str) -> list[str]:
    """Return the calls and names in a source that would ask for the current time."""
    nodes = list(ast.walk(ast.parse(source)))
    attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
    asked = [
        ast.unparse(node.func)
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ASKING_THE_TIME
    ]
    of_time = [
        ast.unparse(node)
        for node in attributes
        if isinstance(node.value, ast.Name) and node.value.id == "time"
    ]
    return asked + of_time


def test_the_pure_packages_bring_no_loop_no_socket_no_database_and_no_radio() -> None:
    loaded = loaded_by(*(f"meshboard.{name}" for name in PURE))

    assert "meshboard" in loaded
    assert loaded & OF_THE_SHELL == set()


def test_a_command_in_the_shell_waits_for_neither_screens_nor_radio() -> None:
    loaded = loaded_by("meshboard.cli")

    assert "sqlmodel" in loaded
    assert loaded & {"textual", "meshtastic", "pubsub", "serial"} == set()


def test_the_radio_brings_nothing_that_is_for_the_internet() -> None:
    assert loaded_by("meshboard.radio") & {"urllib3", "certifi", "http"} == set()


def test_what_the_radio_leaves_out_is_there_for_who_uses_it() -> None:
    use = "import meshboard.radio, requests; print(requests.Session.__name__)"
    ran = subprocess.run([sys.executable, "-c", use], capture_output=True, text=True, timeout=60, check=True)

    assert ran.stdout.strip() == "Session"


@pytest.mark.parametrize("path", list(pure_files()), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_pure_module_never_asks_what_time_it_is(path: Path) -> None:
    assert questions_about_the_time(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "date.today()",
        "time.time()",
        "timer = time.monotonic",
    ],
)
def test_a_question_about_the_time_would_be_noticed(source: str) -> None:
    assert len(questions_about_the_time(source)) == 1
