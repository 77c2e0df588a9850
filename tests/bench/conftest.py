"""Collect the rows, show them as they come, and write docs/benchmarks.md when all of them were measured."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench.on_the_air import ALL_SEEDS, SEEDS
from tests.bench.table import DOCUMENT, Row, Table

os.environ.pop("PYTEST_DEBUG_TEMPROOT", None)  # what is measured is on a disk

TABLE = pytest.StashKey[Table]()
Report = Callable[[Row], None]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TABLE] = Table()


@pytest.fixture
def report(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Report:
    """Return what takes a row into the table."""

    def take(row: Row) -> None:
        request.config.stash[TABLE].rows.append(row)
        with capsys.disabled():
            print(f"\n{row}", end="", flush=True)

    return take


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    table = session.config.stash[TABLE]
    if exitstatus == pytest.ExitCode.OK and _is_everything(session.config):
        DOCUMENT.write_text(table.document(), encoding="utf-8")


def _is_everything(config: pytest.Config) -> bool:
    here = Path(__file__).parent
    is_whole = [Path(arg).resolve() for arg in config.args] == [here] and len(SEEDS) == ALL_SEEDS
    if config.option.keyword:
        return False
    return is_whole and not config.option.collectonly
