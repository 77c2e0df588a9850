"""Who imports what in the tests: what two folders share is in tests/support, and no test is imported."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SUPPORT = "support"


def imported_by(source: str) -> Iterator[str]:
    """Yield the dotted names that a source imports from the tests, without the first part."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names):
                names_of_it = [one.name for one in names]
            case ast.ImportFrom(module=str(module), names=names):
                names_of_it = [f"{module}.{one.name}" for one in names]
            case _:
                continue
        yield from (name.removeprefix("tests.") for name in names_of_it if name.startswith("tests."))


def refused(folder: str, source: str) -> list[str]:
    """Return what a module of this folder may not import."""
    return [
        name
        for name in imported_by(source)
        if name.split(".")[0] not in (folder, SUPPORT)
        or any(part.startswith("test_") for part in name.split("."))
    ]


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=lambda path: str(path.relative_to(TESTS)))
def test_a_module_imports_from_its_own_folder_and_from_support_and_from_no_test(path: Path) -> None:
    assert refused(path.relative_to(TESTS).parts[0], path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "from tests.wire.vectors import make_vectors",
        "from tests.sync.test_engine import post",
        "from tests.sync import test_engine",
        "import tests.sync.test_engine",
    ],
)
def test_an_import_from_elsewhere_or_from_a_test_would_be_noticed(source: str) -> None:
    assert len(refused("sync", source)) == 1
