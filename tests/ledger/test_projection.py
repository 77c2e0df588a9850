"""The projection equals `domain.merge` of everything held, in whatever order and batches it came."""

import os
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from itertools import pairwise, permutations
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import col

from meshboard.domain.circle_facts import StationIntroduced
from meshboard.domain.entries import (
    ClaimAccepted,
    ClaimConfirmed,
    ClaimDelivered,
    ClaimReleased,
    Fact,
    PostClaimed,
    PostEdited,
    PostNoted,
    PostPublished,
    PostWithdrawn,
    SignedEntry,
    Unknown,
)
from meshboard.domain.ids import ClaimId, EntryId, PostId
from meshboard.domain.merge import merge
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.posts import Quantity
from meshboard.domain.standing import stand
from meshboard.domain.views import BoardQuery
from meshboard.ledger.board.post_search import Scope
from meshboard.ledger.entries.placing import insert_placed
from meshboard.ledger.entries.projection import over
from meshboard.ledger.entries.rows import NewRow, row_of
from meshboard.ledger.file import driver
from meshboard.ledger.file.database import Database
from meshboard.ledger.file.files import create_file
from meshboard.ledger.file.tables import EntryRow
from meshboard.ledger.ledger import Ledger
from meshboard.trust.circle import Circle, make_circle
from meshboard.trust.identity import AuthorKey
from tests.support.entries.signed import (
    BOX_KEY,
    FOUNDER_SEED,
    NOON,
    claim_of,
    content,
    founding,
    post_of,
    writer,
)

HANDHELD = Actor(ActorKind.HANDHELD, b"handheld")


@st.composite
def stories(draw: st.DrawFn) -> tuple[Circle, list[SignedEntry]]:
    """Draw some entries by three stations about each other's entries, sensible or not, and their circle."""
    key = os.urandom(32)  # names the example's own corner of the one ledger file; decides nothing
    circle = make_circle("Corner", key, AuthorKey(FOUNDER_SEED).author)
    writers = [writer(number, circle) for number in (1, 2, 3)]
    written = [draw(st.sampled_from(writers)).publish()]
    for _ in range(draw(st.integers(1, 9))):
        by = draw(st.sampled_from(writers))
        fact = _fact(draw, written)
        may_be_handheld = not isinstance(fact, StationIntroduced)
        actor = draw(st.sampled_from([None, None, HANDHELD])) if may_be_handheld else None
        time_s = draw(st.sampled_from([None, NOON - 7200, NOON, NOON + 90_000]))
        written.append(by.write(fact, count=draw(st.integers(1, 5)), time_s=time_s, actor=actor))
    return circle, written


def _fact(draw: st.DrawFn, written: list[SignedEntry]) -> Fact:
    subject = draw(st.sampled_from(written)).entry.id
    post, claim = PostId(subject), ClaimId(subject)
    facts: list[Fact] = [
        PostClaimed(post),
        PostClaimed(post, Quantity(Decimal(4))),
        PostClaimed(post, by_when=NOON),
        PostEdited(post, content("Edited", lifetime_hours=1)),
        PostWithdrawn(post),
        PostNoted(post, "A remark"),
        ClaimAccepted(claim),
        ClaimReleased(claim),
        ClaimDelivered(claim),
        ClaimConfirmed(claim),
        PostPublished(content("More")),
        StationIntroduced("Hall", BOX_KEY),
        Unknown(40, b"later"),
    ]
    return draw(st.sampled_from(facts))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with Ledger.create(tmp_path_factory.mktemp("shared") / "ledger.db") as ledger:
        yield ledger


@settings(max_examples=60, deadline=None)
@given(story=stories(), order=st.randoms(use_true_random=False), size=st.integers(1, 5))
def test_any_order_and_any_batches_give_what_merging_the_whole_set_gives(
    shared: Ledger, story: tuple[Circle, list[SignedEntry]], order: Random, size: int
) -> None:
    circle, written = story
    shared.circles.add(circle, seed=bytes([9]) * 32)
    shared.append(founding(circle), NOON)
    expected = merge(signed.entry for signed in written)
    shuffled = list(written)
    order.shuffle(shuffled)

    for first in range(0, len(shuffled), size):
        shared.append(shuffled[first : first + size], NOON)

    assert expected == shared.posts.records(post_of(signed) for signed in written)
    scope = Scope(circle.id, HANDHELD, None)
    assert len(expected) == shared.posts.count(BoardQuery(live_only=False), scope)


def test_rebuilding_everything_finds_what_was_kept_up_as_it_came(shared: Ledger) -> None:
    before = _projected(shared.path)
    shared.rebuild()

    assert before == _projected(shared.path)
    assert all(len(rows) > 0 for rows in before.values())


def test_rebuilding_restores_everything_that_is_computed(shared: Ledger) -> None:
    """An older version may have understood an entry differently; only the signed bytes are the truth."""
    before = _projected(shared.path)
    with closing(driver.connect(shared.path, "rw")) as connection:
        connection.execute("UPDATE entry SET subject_id = NULL, claimed_post_id = NULL, post_id = NULL")
        connection.execute("UPDATE entry SET is_sound = 0, post_id = x'00' WHERE seq % 2")
        connection.execute("UPDATE post SET search = 'nonsense'")
        connection.execute("DELETE FROM claim")
        connection.execute("DELETE FROM station_name")

    shared.rebuild()

    assert before == _projected(shared.path)


@given(story=stories())
@settings(max_examples=60, deadline=None)
def test_a_post_is_over_from_the_moment_the_projection_says(story: tuple[Circle, list[SignedEntry]]) -> None:
    moments = [None, NOON - 10**6, *range(NOON, NOON + 10**6, 7200)]
    for record in merge(signed.entry for signed in story[1]).values():
        is_over, over_at = over(record)

        for now_s in moments:
            expected = is_over or (over_at is not None and now_s is not None and now_s >= over_at)
            assert expected is not stand(record, now_s).state.is_live


def test_a_post_is_over_exactly_at_its_expiry() -> None:
    post = writer(2).publish(lifetime_hours=2)
    record = merge([post.entry])[post_of(post)]

    assert over(record) == (False, NOON + 2 * 3600)


def test_the_newest_incarnation_names_the_station_whatever_came_first(ledger: Ledger) -> None:
    old, new = writer(2).introduce("Old"), writer(2, incarnation=1).introduce("New")

    ledger.append([new], NOON)
    ledger.append([old], NOON)

    assert ledger.stations.name(old.entry.circle, old.entry.log.author) == "New"


def _projected(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return everything in a ledger that is computed from entries."""
    questions = {
        name: f"SELECT * FROM {name} ORDER BY 1, 2" for name in ("post", "claim", "station_name")
    } | {"placed": "SELECT seq, post_id, is_sound, subject_id, claimed_post_id FROM entry ORDER BY seq"}
    with closing(driver.connect(path, "ro")) as connection:
        return {name: connection.execute(question).fetchall() for name, question in questions.items()}


def test_entries_that_share_an_id_are_placed_alike_in_every_order(tmp_path: Path) -> None:
    """Digests that share their first 8 bytes take 2**32 tries, so the shared id is written into the rows."""
    ana, ben = writer(2), writer(3)
    first, second = ana.publish("One"), ana.publish("Two")
    claims = [ben.write(PostClaimed(post_of(first))), ben.write(PostClaimed(post_of(second)))]
    shared_id = EntryId(b"the same")
    about = ben.write(ClaimDelivered(ClaimId(shared_id)))
    winner = min(claims, key=lambda signed: signed.entry.digest)
    won = {claims[0].entry.id: first, claims[1].entry.id: second}[winner.entry.id].entry.id
    outcomes = []

    for turn, order in enumerate(permutations([*claims, about])):
        path = tmp_path / f"{turn}.db"
        create_file(path)
        database = Database(path)
        for place, signed in enumerate(order, start=1):
            row = row_of(signed, place, NOON)
            with database.writing() as connection:
                insert_placed(connection, ana.circle, [_sharing(row, claims, shared_id)])
        with database.reading() as connection:
            columns = col(EntryRow.digest), col(EntryRow.is_sound), col(EntryRow.post_id)
            outcomes.append({row[0]: (row[1], row[2]) for row in connection.execute(select(*columns))})
        database.close()

    assert all(one == another for one, another in pairwise(outcomes))
    assert outcomes[0][winner.entry.digest] == (True, won)
    assert outcomes[0][about.entry.digest] == (True, won)
    assert sorted(sound for sound, _ in outcomes[0].values()) == [False, True, True]


def _sharing(row: NewRow, claims: list[SignedEntry], shared_id: EntryId) -> NewRow:
    if row["id"] in {claim_of(signed) for signed in claims}:
        row["id"] = shared_id
    return row
