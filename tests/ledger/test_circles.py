from dataclasses import replace
from pathlib import Path

import pytest

from meshboard.domain.entries import LogId, PostPublished
from meshboard.errors import LedgerError
from meshboard.ledger.ledger import Ledger
from meshboard.trust.circle import RadioPlan, make_circle
from tests.ledger.writing import CIRCLE, NOON, OTHER_CIRCLE, content, writer


def test_a_circle_is_kept_whole(ledger: Ledger, path: Path) -> None:
    planned = make_circle("Küche", bytes(range(7, 39)), RadioPlan("EU_868", "SHORT_FAST", 3), "kitchen")
    ledger.circles.add(planned, seed=bytes([4]) * 32)

    with Ledger.open(path, checked=False) as again:
        assert again.circles.all() == (CIRCLE, planned)


def test_a_circle_has_the_author_its_seed_makes(ledger: Ledger) -> None:
    identity = ledger.circles.identity(CIRCLE.id)

    assert identity.key.author == writer(1).key.author
    assert identity.log == LogId(writer(1).key.author, 0)


def test_joining_again_renews_the_circle_and_keeps_the_author(ledger: Ledger) -> None:
    ledger.circles.add(OTHER_CIRCLE, seed=bytes([2]) * 32)
    renamed = replace(CIRCLE, name="Sixth Street")

    identity = ledger.circles.add(renamed, seed=bytes([8]) * 32)

    assert identity.log.author == writer(1).key.author
    assert ledger.circles.all() == (renamed, OTHER_CIRCLE)


def test_an_identity_does_not_show_its_seed(ledger: Ledger) -> None:
    assert (bytes([1]) * 32).hex() not in repr(ledger.circles.identity(CIRCLE.id))


def test_a_circle_one_is_not_in_has_no_identity(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="join it with an invite"):
        ledger.circles.identity(OTHER_CIRCLE.id)


def test_a_station_remembers_what_it_is_told(ledger: Ledger) -> None:
    assert ledger.circles.setting("name") is None

    ledger.circles.remember("name", "Hall")
    ledger.circles.remember("name", "Hall kiosk")

    assert ledger.circles.setting("name") == "Hall kiosk"


def test_a_new_incarnation_writes_a_log_of_its_own_from_number_one(ledger: Ledger) -> None:
    own, restored = writer(1), writer(1, incarnation=1)
    ledger.append([own.publish()], NOON)

    identity = ledger.circles.begin_incarnation(CIRCLE.id)
    signed = ledger.append_own(CIRCLE.id, lambda n, c: restored.sign(PostPublished(content()), n, c), NOON)

    assert identity.log == restored.log == signed.entry.log
    assert signed.entry.number == 1
