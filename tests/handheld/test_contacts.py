"""A contact handed to a handheld is told to that node alone, and only in private."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from meshboard.domain.people import Actor, ActorKind
from meshboard.handheld.conversation import Conversation
from meshboard.station.texts.texts import HandheldSender
from tests.support.stations.neighbours import NEED, Neighbour, tell

DOOR = "third door left"
NOOR = HandheldSender(Actor(ActorKind.HANDHELD, b"noornode"), "Noor", is_private=True)


@pytest.fixture
def street(tmp_path: Path) -> Iterator[tuple[Neighbour, Neighbour]]:
    """Return Ana, who posts, and the kiosk that handhelds write to."""
    stations = Neighbour(tmp_path, "Ana"), Neighbour(tmp_path, "Hall kiosk")
    yield stations
    for station in stations:
        station.ledger.close()


def test_a_helpers_node_is_told_the_contact_in_private_only(street: tuple[Neighbour, Neighbour]) -> None:
    ana, kiosk = street
    post = ana.service.publish(NEED, DOOR)
    tell(*street)
    handheld = Conversation(kiosk.service, kiosk.clock.monotonic_s)

    def told(words: str, sender: HandheldSender = NOOR) -> str:
        answer = handheld.answer(words, sender)
        return answer.text if answer else ""

    told(f"take {post.code}")
    tell(*street)
    assert DOOR not in told(f"show {post.code}")

    ana.accept(ana.service.post(post.id).claims[0].id)
    tell(*street)

    assert f"contact: {DOOR}" in told(f"show {post.code}")
    in_the_open = told(f"show {post.code}", replace(NOOR, is_private=False))
    assert DOOR not in in_the_open
    assert "not private" in in_the_open
    stranger = HandheldSender(Actor(ActorKind.HANDHELD, b"somebody"), "X", is_private=True)
    assert DOOR not in told(f"show {post.code}", stranger)
