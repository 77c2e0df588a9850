"""`meshboard sim`: what it prints, and how it ends."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from meshboard.cli.root import app

TEXT = """
name = "two"
hours = 0.2
nodes = 2
[[traffic]]
kind = "posts"
count = 1
to_h = 0.05
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "two.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_figures_come_as_json_and_nothing_else_on_stdout(file: Path) -> None:
    result = CliRunner().invoke(app, ["sim", str(file), "--seed", "7", "--json"])

    figures = json.loads(result.stdout)
    assert (result.exit_code, figures["seed"], figures["complete"]) == (0, 7, 1.0)


def test_the_other_protocol_and_a_drawing(file: Path, tmp_path: Path) -> None:
    svg = tmp_path / "two.svg"

    result = CliRunner().invoke(app, ["sim", str(file), "--protocol", "tc2", "--svg", str(svg)])

    assert result.exit_code == 0
    assert "boards that speak tc2" in result.stdout
    assert ElementTree.parse(svg).getroot().tag.endswith("svg")


def test_a_failed_expectation_is_named_and_ends_with_one(file: Path) -> None:
    file.write_text(TEXT + "[expect]\ncomplete = 1.0\nairtime_s = 0.1\n", encoding="utf-8")

    result = CliRunner().invoke(app, ["sim", str(file)])

    assert result.exit_code == 1
    assert "expectation failed: airtime_s is" in result.stderr
    assert "complete" not in result.stderr


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("colour = 1", 'unknown key "colour"'),
        ("corpus = 'nowhere.jsonl'", "nowhere.jsonl cannot be read"),
        ("stations = [0, 5]", "there is no node 5"),
        ("edges = [[0, 1, nan]]", "edges.0.2: Input should be a finite number"),
        ("edges = [[0.5, 1.7]]", "edges.0: [0.5, 1.7] does not join"),
        ('event = [{ at_h = 0.1, type = "restore", station = 1 }]', 'type = "restore" needs age_h'),
        ("corpus = '.'", "cannot be read: Is a directory"),
        ('corpus = "\\u0000"', "cannot be read: embedded null byte"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_a_sentence(file: Path, line: str, sentence: str) -> None:
    file.write_text(line + TEXT, encoding="utf-8")

    result = CliRunner().invoke(app, ["sim", str(file)])

    assert result.exit_code == 3
    assert sentence in result.stderr
