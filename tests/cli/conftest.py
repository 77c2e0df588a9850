"""A home with a circle, and commands run in it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from meshboard.cli.root import app

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command in a home with a circle."""

    def run(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(app, ["--home", str(tmp_path / "home"), *words], input=typed)

    assert run("circle", "new", "Kitchen", "--as", "Ana", "--no-encrypt").exit_code == 0
    return run


def as_json(result: Result) -> Any:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout[result.stdout.index("{") :])
