"""The journal tells whoever looks after a station what happened, in none of people's own words."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from meshboard.domain.commands import PublishPost
from meshboard.link import LinkChanged, LinkState
from meshboard.station.process.journal import JOURNAL_FILE, keep_journal
from tests.support.stations.app import content
from tests.support.stations.linked import Air, Linked, eventually, running

CHANNEL, NODE, HOST, CIRCLE, PERSON, TEXT = "quilters", "Nadias", "attic.lan", "Harbour", "Nadia", "lanterns"


async def test_what_the_link_says_in_detail_is_not_in_the_journal(tmp_path: Path) -> None:
    detail = f"{NODE} at {HOST} has no room for the channel {CHANNEL} of {CIRCLE}; take one off it."
    with keep_journal(tmp_path, on_screen=False):
        station = Linked(tmp_path, PERSON, Air(), circles=[CIRCLE])
        async with running(station):
            station.link.status = replace(
                station.link.status,
                state=LinkState.LOST,
                detail=detail,
                node_name=NODE,
                address=f"tcp://{HOST}",
            )
            station.link.hear(LinkChanged(station.link.status))
            board = station.board()
            board.run(PublishPost(actor=board.me.actor, content=content(TEXT)))
            await eventually(lambda: station.changes > 0)

    written = (tmp_path / JOURNAL_FILE).read_text()
    assert "link lost" in written
    assert "needs looking at" in written
    assert [word for word in (CHANNEL, NODE, HOST, CIRCLE, PERSON, TEXT) if word in written] == []


def test_a_journal_whose_folder_was_wiped_says_nothing_on_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    with keep_journal(home, on_screen=False):
        home.rmdir()
        logging.getLogger("meshboard.station").info("link lost")

    assert capsys.readouterr().err == ""
    assert not home.exists()
