"""Each rule of the mesh model is in docs/simulator.md with a test that exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_, _, AFTER_HEAD = (
    (ROOT / "docs" / "simulator.md")
    .read_text(encoding="utf-8")
    .partition("| rule | source | test |\n| --- | --- | --- |\n")
)
RULES = AFTER_HEAD.partition("\n\n")[0].splitlines()


@pytest.mark.parametrize("row", RULES, ids=lambda row: row.split("|")[1].strip()[:40])
def test_every_rule_names_a_test_that_is_there(row: str) -> None:
    _, _rule, _source, tests, _ = row.split("|")
    named = re.findall(r"`([^`]*)`", tests)
    files = [name for name in named if name.endswith(".py")]
    text = "".join((ROOT / "tests" / "sim" / file).read_text(encoding="utf-8") for file in files)

    assert files
    for name in set(named) - set(files):
        assert f"def {name.removesuffix('…')}" in text
