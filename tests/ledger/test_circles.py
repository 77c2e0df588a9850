from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from meshboard.domain.circle_facts import AuthorVouched, CircleFounded, EpochBegun
from meshboard.domain.entries import LogId, PostClaimed, PostPublished
from meshboard.domain.ids import EpochId, InviteId, PostId, member_key
from meshboard.errors import LedgerError, RuleError
from meshboard.ledger.circle.circles import OF_A_CIRCLE, KeptInvite
from meshboard.ledger.circle.remembered import CHOSEN_CIRCLE, sent_through
from meshboard.ledger.circle.stations import Peer
from meshboard.ledger.file import driver
from meshboard.ledger.ledger import Ledger
from meshboard.trust.circle import RadioPlan, commitment_of, enter_circle, make_circle
from meshboard.trust.identity import AuthorKey
from meshboard.trust.key_ring import EpochKey, key_known_by
from tests.support.entries.founded import OWN_SEED, Town, founded_circle
from tests.support.entries.signed import CIRCLE, NOON, OTHER_CIRCLE, Writer, content, writer


def test_a_circle_is_kept_whole(ledger: Ledger, path: Path) -> None:
    planned = make_circle(
        "Küche", bytes(range(7, 39)), writer(4).key.author, RadioPlan("EU_868", "SHORT_FAST", 3), "kitchen"
    )
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
    assert ledger.remembered.read(CHOSEN_CIRCLE) is None

    ledger.remembered.keep(CHOSEN_CIRCLE, OTHER_CIRCLE.id)
    ledger.remembered.keep(CHOSEN_CIRCLE, CIRCLE.id)

    assert ledger.remembered.read(CHOSEN_CIRCLE) == CIRCLE.id


def test_a_new_incarnation_writes_a_log_of_its_own_from_number_one(ledger: Ledger) -> None:
    own, restored = writer(1), writer(1, incarnation=1)
    ledger.append([own.publish()], NOON)

    identity = ledger.circles.begin_incarnation(CIRCLE.id)
    signed = ledger.append_own(CIRCLE.id, lambda n, c: restored.sign(PostPublished(content()), n, c), NOON)

    assert identity.log == restored.log == signed.entry.log
    assert signed.entry.number == 1


def test_a_founded_circle_is_kept_whole(ledger: Ledger, path: Path) -> None:
    circle = enter_circle(founded_circle(), 2, EpochId(b"epoch  2"), bytes(32))
    ledger.circles.add(circle, OWN_SEED, NOON)

    with Ledger.open(path, checked=False) as again:
        assert again.circles.all() == (CIRCLE, circle)
        assert again.circles.epoch_keys(circle.id) == (EpochKey(circle.epoch_id, 2, bytes(32)),)


def test_epoch_keys_are_kept_in_the_order_of_their_epochs(ledger: Ledger) -> None:
    later = EpochKey(EpochId(b"epoch  2"), 2, bytes(32))
    twin = EpochKey(EpochId(b"epoch  1"), 2, bytes([9]) * 32)

    assert ledger.circles.add_epoch_key(CIRCLE.id, later, writer(2).log.author, NOON)
    assert ledger.circles.add_epoch_key(CIRCLE.id, twin)
    assert not ledger.circles.add_epoch_key(CIRCLE.id, later)
    assert ledger.circles.epoch_keys(CIRCLE.id) == (key_known_by(CIRCLE), twin, later)


def test_a_key_that_does_not_fit_its_epoch_gives_way_and_never_comes_back(ledger: Ledger) -> None:
    circle = founded_circle()
    town, own = Town(circle), Writer(OWN_SEED, circle.id)
    ledger.circles.add(circle, OWN_SEED, NOON)
    right, wrong = bytes([5]) * 32, bytes([6]) * 32
    town.found()
    town.write("A", AuthorVouched(member_key(own.key.author)))
    begun = town.write("A", EpochBegun(EpochId(bytes(circle.id)), commitment_of(circle.id, right), ()))
    epoch = EpochId(bytes(begun.entry.id))
    early = ledger.circles.add_epoch_key(circle.id, EpochKey(epoch, 1, wrong))
    ledger.append(town.entries, NOON)

    assert early
    assert ledger.circles.add_epoch_key(circle.id, EpochKey(epoch, 1, right))
    assert not ledger.circles.add_epoch_key(circle.id, EpochKey(epoch, 1, wrong))
    assert ledger.circles.epoch_keys(circle.id)[-1] == EpochKey(epoch, 1, right)


def test_an_epoch_and_its_key_are_stored_together_or_not_at_all(ledger: Ledger) -> None:
    circle = make_circle("Hall", bytes(32), AuthorKey(OWN_SEED).author)
    ledger.circles.add(circle, OWN_SEED, NOON)
    own, key, before = Writer(OWN_SEED, circle.id), bytes([7]) * 32, ledger.last_seq()
    invite = KeptInvite(InviteId(b"invite 1"), b"s" * 16, NOON, 1, None)

    def begin(*, fails: bool) -> None:
        with ledger.writing():
            if ledger.last_seq() == before:
                founded = CircleFounded("Hall", "UTC", b"k" * 32)
                ledger.append_own(circle.id, lambda n, c: own.sign(founded, n, c), NOON)
            parent = ledger.members.membership(circle.id).epoch.id
            fact = EpochBegun(parent, commitment_of(circle.id, key), ())
            begun = ledger.append_own(circle.id, lambda n, c: own.sign(fact, n, c), NOON)
            ledger.circles.add_epoch_key(circle.id, EpochKey(EpochId(bytes(begun.entry.id)), 1, key))
            ledger.circles.add_invite(circle.id, invite)
            if fails:
                raise RuleError("Not today.")

    with pytest.raises(RuleError):
        begin(fails=True)
    after_failure = (
        ledger.last_seq(),
        len(ledger.circles.epoch_keys(circle.id)),
        ledger.circles.invites(circle.id),
    )
    begin(fails=False)

    assert after_failure == (before, 1, ())
    assert ledger.last_seq() == before + 2
    assert ledger.circles.epoch_keys(circle.id)[-1].id == ledger.members.membership(circle.id).epoch.id
    assert ledger.circles.invites(circle.id) == (invite,)


def test_a_circle_that_is_left_leaves_no_row_and_no_byte(ledger: Ledger, path: Path) -> None:
    circle = founded_circle()
    town = Town(circle).settled("B")
    post = town.post("B", "Insulin for the corner house")
    town.write("A", PostClaimed(PostId(post.entry.id)))
    ledger.circles.add(circle, OWN_SEED, NOON)
    ledger.append(town.entries, NOON)
    ledger.remembered.keep(sent_through(circle.id, 0), 3)
    ledger.store(circle.id).reserve_counters(64)
    ledger.stations.save_peers(circle.id, [Peer(town.author("B"), 7)])
    ledger.circles.add_invite(circle.id, KeptInvite(InviteId(b"invite 1"), b"s" * 16, NOON, 1, None))
    with closing(driver.connect(path, "rw")) as connection:
        for table in OF_A_CIRCLE:
            _fill(connection, table.__tablename__, circle.id)
    with Ledger.open(path, checked=False) as other:
        seen = other.store(circle.id)
        assert seen.holdings()
        before = ledger.last_seq()

        ledger.circles.forget(circle.id)

        assert dict(seen.holdings()) == {}
        assert other.members.membership(circle.id).members() == ()
    assert ledger.circles.all() == (CIRCLE,)
    with closing(driver.connect(path, "ro")) as connection:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        left: list[object] = [
            row for (table,) in tables for row in connection.execute(f"SELECT * FROM {table}").fetchall()
        ]
    assert not [row for row in left if repr(circle.id) in repr(row) or circle.id.hex() in repr(row)]
    ledger.circles.forget(circle.id)  # nobody else has it open: the log beside it goes too
    for file in path.parent.iterdir():
        assert b"Insulin" not in file.read_bytes()
        assert bytes(circle.id) not in file.read_bytes()
    assert ledger.append_own(CIRCLE.id, lambda n, c: writer(1).sign(PostPublished(content()), n, c), NOON)
    assert ledger.last_seq() > before


def test_every_table_with_a_circle_in_it_is_emptied_when_it_is_left() -> None:
    tables = [table for table in SQLModel.metadata.tables.values() if "circle_id" in table.columns]

    assert {table.name for table in tables} == {table.__tablename__ for table in OF_A_CIRCLE}


def _fill(connection: driver.Connection, table: str, circle: bytes) -> None:
    """Write a row with the circle's id where there is none yet."""
    if connection.execute(f"SELECT 1 FROM {table} WHERE circle_id = ?", (circle,)).fetchone():
        return
    columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    values = {name: circle if "BLOB" in kind else 1 for _, name, kind, _, _, _ in columns}
    marks = ", ".join("?" * len(values))
    names = ", ".join(f'"{name}"' for name in values)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))
