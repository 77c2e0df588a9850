"""The import contracts of pyproject.toml fail when they are deliberately broken."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = "A module imports only from the layers below its own"
PURE = "The pure packages do no input or output and ask for no time or chance"
MESHTASTIC = "Only radio and sim.device know the meshtastic package"
PUBSUB = "Nobody listens to pubsub: its queue has no bound"
TEXTUAL = "Only ui knows textual"
SQL = "Only ledger knows SQL"
STATION_ROOMS = "A room of the station imports only from the rooms below its own"
ENGINE_ROOMS = "A room of the engine imports only from the rooms below its own"
LEDGER_ROOMS = "A room of the ledger imports only from the rooms below its own"
ROOMS = {STATION_ROOMS, ENGINE_ROOMS, LEDGER_ROOMS}
FRONT_ENDS = "Front ends act through the station and see only domain types and errors below it"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a copy of the package and its contracts."""
    folder = tmp_path_factory.mktemp("contracts")
    shutil.copytree(ROOT / "meshboard", folder / "meshboard", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@contextmanager
def ending_with(module: Path, line: str) -> Iterator[None]:
    """Let a module end with one more line."""
    before = module.read_text(encoding="utf-8")
    module.write_text(f"{before}\n{line}\n", encoding="utf-8")
    try:
        yield
    finally:
        module.write_text(before, encoding="utf-8")


def broken_contracts(folder: Path) -> tuple[int, set[str]]:
    """Return the exit code of lint-imports there, and the contracts that it calls broken."""
    checked = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"},  # no contract's name is wrapped
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Contracts: " in checked.stdout, checked.stdout + checked.stderr
    return checked.returncode, set(re.findall(r"^(.+) BROKEN", checked.stdout, re.MULTILINE))


def test_the_package_as_it_is_keeps_every_contract(copy: Path) -> None:
    assert broken_contracts(copy) == (0, set())


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("domain/rules.py", "import meshboard.wire.frames", LAYERS),
        ("trust/seal.py", "from meshboard.ledger.ledger import Ledger", LAYERS),
        ("station/home/host.py", "import meshboard.ui.app", LAYERS),
        ("handheld/replies.py", "import meshboard.ui.format", LAYERS),
        ("ledger/entries/sql_store.py", "import meshboard.radio.packets", LAYERS),
        ("domain/rules.py", "import asyncio", PURE),
        ("trust/invite.py", "from secrets import token_bytes", PURE),
        ("wire/text_bytes.py", "import os.path", PURE),
        ("sync/timing.py", "import random", PURE),
        ("sync/engine.py", "def when():\n    from time import monotonic", PURE),
        ("link.py", "import logging", PURE),
        ("errors.py", "import uuid", PURE),
        ("clock.py", "import time", PURE),
        ("sim/mesh.py", "import meshtastic", MESHTASTIC),
        ("station/home/wiring.py", "from meshtastic.tcp_interface import TCPInterface", MESHTASTIC),
        ("sim/device/server.py", "from pubsub import pub", PUBSUB),
        ("station/running/running.py", "import textual", TEXTUAL),
        ("handheld/conversation.py", "from textual.app import App", TEXTUAL),
        ("station/circle/desk.py", "import sqlmodel", SQL),
        ("demo/past.py", "from sqlalchemy import text", SQL),
        ("ui/app.py", "import sqlite3", SQL),
        ("ui/screens/board.py", "from meshboard.ledger.board.post_search import Posts", FRONT_ENDS),
        ("ui/app.py", "import meshboard.wire.frames", FRONT_ENDS),
        ("handheld/turns.py", "import meshboard.sync.engine", FRONT_ENDS),
        ("station/circle/desk.py", "import meshboard.station.board.service", STATION_ROOMS),
        ("sync/holdings/ranges.py", "import meshboard.sync.lanes.lanes", ENGINE_ROOMS),
        ("ledger/entries/rows.py", "import meshboard.ledger.circle.circles", LEDGER_ROOMS),
    ],
)
def test_one_forbidden_import_breaks_its_contract_and_no_other(
    copy: Path, module: str, line: str, contract: str
) -> None:
    with ending_with(copy / "meshboard" / module, line):
        code, broken = broken_contracts(copy)

    # what leads up through other packages leads up through the rooms as well
    assert (code, broken - ROOMS | broken & {contract}) == (1, {contract})


def test_a_module_without_a_layer_breaks_the_contract(copy: Path) -> None:
    newcomer = copy / "meshboard" / "newcomer.py"
    newcomer.touch()
    try:
        outcome = broken_contracts(copy)
    finally:
        newcomer.unlink()

    assert outcome == (1, {LAYERS})


def test_an_import_for_types_alone_counts_too(copy: Path) -> None:
    only_for_types = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import asyncio"
    with ending_with(copy / "meshboard" / "sync" / "engine.py", only_for_types):
        outcome = broken_contracts(copy)

    assert outcome == (1, {PURE})


def test_every_contract_has_a_case_here() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")

    for contract in (LAYERS, PURE, MESHTASTIC, PUBSUB, TEXTUAL, SQL, FRONT_ENDS, *ROOMS):
        assert f'name = "{contract}"' in text
    assert text.count("[[tool.importlinter.contracts]]") == 10
