"""Whoever reads the engine follows no chain from one object through two others."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SYNC = Path(__file__).parents[2] / "meshboard" / "sync"
LONGEST = 2  # `self._store.entries`: a neighbour may be asked, and not through it


def chains(source: str) -> Iterator[str]:
    """Yield what reaches through more objects than that."""
    for node in ast.walk(ast.parse(source)):
        length, inner = 0, node
        while isinstance(inner, ast.Attribute):
            length, inner = length + 1, inner.value
        if length > LONGEST and isinstance(inner, ast.Name):
            yield ast.unparse(node)


@pytest.mark.parametrize("path", sorted(SYNC.rglob("*.py")), ids=lambda path: str(path.relative_to(SYNC)))
def test_no_module_of_the_engine_reaches_through_its_neighbours(path: Path) -> None:
    assert list(chains(path.read_text(encoding="utf-8"))) == []


def test_a_chain_of_three_is_noticed() -> None:
    assert list(chains("self._voice.repairs.turn")) == ["self._voice.repairs.turn"]
