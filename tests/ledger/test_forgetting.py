"""Forgetting in the ledger: the words are gone from the file, and nothing else is missed."""

import multiprocessing
import random
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from meshboard.domain.entries import (
    ClaimConfirmed,
    ClaimDelivered,
    LogId,
    PostClaimed,
    PostNoted,
    PostWithdrawn,
    SignedEntry,
)
from meshboard.domain.ids import EntryId, PostId
from meshboard.domain.posts import Urgency
from meshboard.domain.views import BoardQuery
from meshboard.figures import KEPT_AFTER_S, QUIET_S
from meshboard.ledger.board.post_search import Scope
from meshboard.ledger.file import driver
from meshboard.ledger.ledger import Ledger
from meshboard.sync.holdings.stretches import hulls, whole
from meshboard.wire.entry_bytes import is_before
from tests.support.children import killed_child
from tests.support.entries.signed import CIRCLE, NOON, Writer, claim_of, post_of, writer

LATER = NOON + 7 * 24 * 3600 + KEPT_AFTER_S
SECRET = "behind the blue door"
"""Words that nobody may find afterwards."""


def about_old_posts(ana: Writer, ben: Writer) -> list[SignedEntry]:
    """Return posts that are over, and all that was said of them."""
    told = [ana.introduce("Ana"), ben.introduce("Ben"), ana.publish("entry 2"), ben.publish("entry 2 too")]
    done, back = ana.publish(f"soup {SECRET}"), ana.publish(f"a ride {SECRET}", place="blue door")
    claim = ben.write(PostClaimed(post_of(done), note=f"ring {SECRET}"))
    told += [done, back, claim, ben.write(PostNoted(post_of(back), f"parked {SECRET}"))]
    told += [ben.write(ClaimDelivered(claim_of(claim))), ana.write(ClaimConfirmed(claim_of(claim)))]
    told += [ana.write(PostWithdrawn(post_of(back)))]
    return [*told, ben.publish("still needed", lifetime_hours=24 * 365)]


def live_posts(ana: Writer, ben: Writer) -> list[SignedEntry]:
    """Return what is said just before LATER."""
    return [one.write(fact, time_s=LATER - 60) for one, fact in _live_facts(ana, ben)]


def _live_facts(ana: Writer, ben: Writer) -> Sequence[tuple[Writer, PostNoted]]:
    known = PostId(EntryId(b"the post"))
    return [(ana, PostNoted(known, "hello")), (ben, PostNoted(known, "you too"))]


@pytest.fixture
def entries() -> list[SignedEntry]:
    ana, ben = writer(2), writer(3)
    return [*about_old_posts(ana, ben), *live_posts(ana, ben)]


def forget(ledger: Ledger, now_s: int | None = LATER) -> int:
    return sum(ledger.forgetting.steps(now_s))


def in_file(path: Path, words: str) -> bool:
    files = [one for one in path.parent.iterdir() if one.name.startswith(path.name)]
    return any(words.encode() in one.read_bytes() for one in files)


def computed(path: Path) -> list[list[tuple[object, ...]]]:
    tables = ("post", "claim", "station_name", "entry", "stretch")
    with closing(driver.connect(path, "ro")) as connection:
        return [
            connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4").fetchall() for table in tables
        ]


def texts(ledger: Ledger) -> set[str]:
    scope = Scope(CIRCLE.id, writer(1).write(PostNoted(PostId(EntryId(b"the post")), "")).entry.actor, LATER)
    query = BoardQuery(live_only=False, with_hidden=True, urgency_at_least=Urgency.LOW)
    return {row.record.content.text for row in ledger.posts.board(query, scope)}


def test_old_posts_go_and_holdings_stay_as_they_were(
    ledger: Ledger, path: Path, entries: list[SignedEntry]
) -> None:
    ledger.append(entries, NOON)
    with Ledger.open(path) as beside:
        before = dict(beside.store(CIRCLE.id).holdings())

        assert forget(ledger) == 9

        assert before == dict(ledger.store(CIRCLE.id).holdings()) == dict(beside.store(CIRCLE.id).holdings())
    with Ledger.open(path) as again:
        assert before == dict(again.store(CIRCLE.id).holdings())
        assert {"still needed"} == texts(again)
    assert ledger.append(entries, LATER).new == ()


def test_the_words_are_gone_from_the_file(ledger: Ledger, path: Path, entries: list[SignedEntry]) -> None:
    ledger.append([one for one in entries if one.entry.log == writer(2).log], NOON)
    ledger.append(entries, NOON)  # some posts were written anew by then
    told = [one for one in entries if SECRET in repr(one.entry.fact)]
    assert in_file(path, SECRET)
    assert all(_is_in_file(path, one.packed) for one in told)

    forget(ledger)

    assert not in_file(path, SECRET)
    assert not any(_is_in_file(path, one.packed) for one in told)
    ledger.close()
    assert not in_file(path, SECRET)


def test_salt_keys_of_a_block_go_with_what_is_forgotten_of_it(ledger: Ledger, path: Path) -> None:
    ana = writer(2)
    ana.salt_key = b"salt key"
    told = [ana.publish(f"need {number}") for number in range(3)]
    lasting = ana.publish("still needed", lifetime_hours=24 * 365)
    ledger.append([*told, lasting, *live_posts(ana, writer(3))], NOON)
    assert _is_in_file(path, b"salt key")

    forget(ledger)
    ledger.append(told, LATER)
    assert not _is_in_file(path, b"salt key")
    assert lasting.packed in [one.packed for one in ledger.store(CIRCLE.id).entries(ana.log, 1, 9)]


def _is_in_file(path: Path, packed: bytes) -> bool:
    files = [one for one in path.parent.iterdir() if one.name.startswith(path.name)]
    return any(packed in one.read_bytes() for one in files)


@pytest.mark.parametrize("now_s", [None, NOON + KEPT_AFTER_S - 1, LATER + QUIET_S])
def test_nothing_goes_too_early_or_by_a_clock_nobody_shares(
    ledger: Ledger, entries: list[SignedEntry], now_s: int | None
) -> None:
    ledger.append(entries, NOON)

    assert forget(ledger, now_s) == 0


def test_a_person_answers_for_the_clock_at_a_restore(ledger: Ledger, entries: list[SignedEntry]) -> None:
    ledger.append(entries, NOON)

    assert ledger.forgetting.at_once(LATER + 3 * QUIET_S) == 9


def test_what_comes_late_is_kept_once_and_forgotten_the_next_time(
    ledger: Ledger, path: Path, entries: list[SignedEntry]
) -> None:
    ana, cem = writer(2), writer(4)
    ledger.append(entries, NOON)
    forget(ledger)
    withdrawn = next(one for one in entries if "a ride" in repr(one.entry.fact))
    cem.introduce("Cem")
    late = [
        cem.write(PostNoted(post_of(withdrawn), f"is it still {SECRET}?"), time_s=LATER) for _ in range(4)
    ]
    shown = texts(ledger)

    assert list(ledger.append([*cem.written[:1], *late], LATER).new) == cem.written
    assert shown == texts(ledger)
    assert forget(ledger) == 3  # not the last of the log
    assert ana.log in ledger.store(CIRCLE.id).holdings()


def test_the_projection_made_anew_is_the_same(ledger: Ledger, path: Path, entries: list[SignedEntry]) -> None:
    ledger.append(entries, NOON)
    forget(ledger)
    before = computed(path)

    ledger.rebuild()
    ledger.check()

    assert before == computed(path)


def test_the_own_log_goes_on(ledger: Ledger) -> None:
    own = writer(1)
    told = [own.introduce("Hall"), own.publish(), *(own.publish(f"post {number}") for number in range(4))]
    ledger.append([*told, writer(3).write(PostNoted(post_of(told[0]), ""), time_s=LATER)], NOON)
    assert forget(ledger) == 4

    store = ledger.store(CIRCLE.id)
    number = ledger.append_own(CIRCLE.id, lambda number, count: own.sign(told[1].entry.fact, number, count))
    last, new = store.entries(own.log, 6, 7)
    assert number == new
    assert is_before(last, new)


def stretches_of(ledger: Ledger, log: LogId) -> object:
    return ledger.store(CIRCLE.id).stretches(log)


def test_a_newcomer_takes_stretches_and_holds_the_same(
    ledger: Ledger, tmp_path: Path, entries: list[SignedEntry]
) -> None:
    ledger.append(entries, NOON)
    forget(ledger)
    store = ledger.store(CIRCLE.id)
    with Ledger.create(tmp_path / "newcomer.db") as newcomer:
        newcomer.circles.add(CIRCLE, seed=bytes([9]) * 32, now_s=None)
        theirs = newcomer.store(CIRCLE.id)
        held = [
            one for log, held in store.holdings().items() for one in store.entries(log, 1, held.ranges[-1][1])
        ]
        newcomer.append(held, LATER)
        for log in store.holdings():
            left = store.stretches(log)
            for first, last in hulls(left):
                told = whole(left, first, last, [one.entry for one in store.entries(log, first, last)])
                assert newcomer.forgetting.take_stretch(CIRCLE.id, log, told)
                assert not newcomer.forgetting.take_stretch(CIRCLE.id, log, told)

        assert dict(store.holdings()) == dict(theirs.holdings())
        assert len(newcomer.append(entries, LATER).new) == 9  # who still gives an entry may be right
        assert dict(store.holdings()) == dict(theirs.holdings())
        assert [one for log in store.holdings() for one in theirs.stretches(log)] == []


def _forget_until_killed(path: Path, started: Connection) -> None:
    with Ledger.open(path) as ledger:
        started.send(1)
        for _ in ledger.forgetting.steps(LATER):
            pass
        started.send(2)


@pytest.mark.parametrize("seed", range(4))
def test_a_kill_at_any_moment_leaves_before_or_after(ledger: Ledger, path: Path, seed: int) -> None:
    ana = writer(2)
    ledger.append([ana.introduce("Ana"), ana.publish("entry 2")], NOON)
    ledger.append([ana.publish(f"post {number} {SECRET}") for number in range(300)], NOON)
    ledger.append([ana.publish("the last one", lifetime_hours=8000)], NOON)
    ledger.append([writer(3).write(PostNoted(PostId(EntryId(b"the post")), ""), time_s=LATER)], LATER)
    before = dict(ledger.store(CIRCLE.id).holdings())
    ledger.close()
    receiving, sending = multiprocessing.Pipe(duplex=False)
    with killed_child(partial(_forget_until_killed, path, sending)):
        receiving.recv()
        receiving.poll(random.Random(seed).uniform(0.0, 0.4))

    with Ledger.open(path) as again:
        assert before == dict(again.store(CIRCLE.id).holdings())
        forget(again)
        assert before == dict(again.store(CIRCLE.id).holdings())
        assert len(again.store(CIRCLE.id).entries(ana.log, 1, 303)) == 2
        assert not in_file(path, SECRET)
