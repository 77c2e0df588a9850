"""Who counts in a founded circle decides what is kept, shown and told to others."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from meshboard.domain.circle_facts import CircleFounded, InviteMade, StationIntroduced
from meshboard.domain.entries import MAX_COUNT, ClaimAccepted, PostClaimed, PostFlagged, SignedEntry
from meshboard.domain.ids import ClaimId, InviteId
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.views import BoardQuery
from meshboard.errors import RuleError
from meshboard.figures import MAX_INCARNATIONS, STRANGERS_KEPT
from meshboard.ledger.board.post_search import Scope
from meshboard.ledger.file import driver
from meshboard.ledger.file.tables import DOES_NOT_COUNT, IS_TRUST_FACT
from meshboard.ledger.ledger import Ledger
from tests.support.children import run_in_children
from tests.support.entries.founded import OWN_SEED, Town, founded_circle, post_fact
from tests.support.entries.signed import NOON, Writer, post_of

CIRCLE = founded_circle()
SOMEBODY = Actor(ActorKind.HANDHELD, b"handheld")


@pytest.fixture
def town() -> Town:
    return Town(CIRCLE)


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with Ledger.create(path) as made:
        made.circles.add(CIRCLE, OWN_SEED, NOON)
        yield made


def shown(ledger: Ledger) -> set[str]:
    rows = ledger.posts.board(BoardQuery(live_only=False), Scope(CIRCLE.id, SOMEBODY, None))
    return {row.record.content.text for row in rows}


def held(ledger: Ledger, town: Town) -> dict[str, tuple[tuple[int, int], ...]]:
    names = {writer.key.author: name for name, writer in town.writers.items()}
    return {names[log.author]: one.ranges for log, one in ledger.store(CIRCLE.id).holdings().items()}


def test_a_founder_and_those_vouched_for_count(ledger: Ledger, town: Town) -> None:
    town.settled("B")
    town.post("B", "Bread")
    result = ledger.append(town.entries, NOON)

    assert result.new == tuple(town.entries)
    assert result.membership_changed
    assert shown(ledger) == {"Bread"}
    assert ledger.members.membership(CIRCLE.id).members() == tuple(
        sorted([town.author("A"), town.author("B")])
    )


def test_of_a_stranger_two_entries_are_kept_and_not_told(ledger: Ledger, town: Town) -> None:
    town.found()
    town.arrive("E")
    for turn in range(4):
        town.post("E", f"Cheap watches {turn}")
    result = ledger.append(town.entries, NOON)

    assert len(result.new) == 3
    assert result.refused == tuple(town.entries[3:])
    assert held(ledger, town) == {"A": ((1, 1),)}
    assert shown(ledger) == set()
    store = ledger.store(CIRCLE.id)
    kept = town.entries[2].entry
    assert store.holds(kept.log, 2, kept.digest)
    assert store.entries(kept.log, 1, 9) == []
    assert store.authors(town.author("E")[:4]) == [town.author("E")]
    assert [(one.author, one.name) for one in ledger.members.waiting(CIRCLE.id)] == [
        (town.author("E"), "Station E")
    ]


def test_a_stranger_who_is_vouched_for_counts_with_what_was_kept(ledger: Ledger, town: Town) -> None:
    town.found()
    town.arrive("E")
    town.post("E", "Soup")
    ledger.append(town.entries, NOON)
    ledger.store(CIRCLE.id).holdings()
    town.vouch("A", "E")
    result = ledger.append(town.entries, NOON)

    assert result.posts == (post_of(town.entries[2]),)
    assert shown(ledger) == {"Soup"}
    assert held(ledger, town) == {"A": ((1, 2),), "E": ((1, 2),)}
    assert ledger.members.waiting(CIRCLE.id) == ()


def test_a_vouch_and_what_it_makes_count_may_come_in_one_batch_in_any_order(
    ledger: Ledger, town: Town
) -> None:
    town.settled("E")
    town.post("E", "Late bread")

    assert ledger.append(town.entries[::-1], NOON).refused == ()
    assert shown(ledger) == {"Late bread"}


def test_an_invite_lets_in_at_once(ledger: Ledger, town: Town) -> None:
    town.found()
    invite, _ = town.invite("A")
    town.arrive("C")
    town.join("C", invite)
    town.post("C", "Here I am")
    ledger.append(town.entries, NOON)

    assert shown(ledger) == {"Here I am"}


def test_what_somebody_writes_after_their_removal_is_refused(ledger: Ledger, town: Town) -> None:
    town.settled("B")
    town.post("B", "Before")
    town.remove("A", town.cut("B"))
    late = town.post("B", "After")
    result = ledger.append(town.entries, NOON)

    assert result.refused == (late,)
    assert shown(ledger) == {"Before"}
    assert held(ledger, town)["B"] == ((1, 2),)
    assert ledger.members.waiting(CIRCLE.id) == ()


def test_what_was_stored_beyond_a_cut_vanishes_and_comes_back(ledger: Ledger, town: Town) -> None:
    town.settled("B", "C")
    before = town.post("B", "Before")
    beyond = town.post("B", "Beyond")
    claim = town.write("B", PostClaimed(post_of(before)))
    ledger.append(town.entries, NOON)
    assert shown(ledger) == {"Before", "Beyond"}

    town.remove("A", town.cut("B", before.entry.number))
    assert ledger.append(town.entries, NOON).membership_changed
    record = ledger.posts.record(post_of(before))

    assert shown(ledger) == {"Before"}
    assert record is not None
    assert record.claims == ()
    assert held(ledger, town)["B"] == ((1, before.entry.number),)
    assert ledger.store(CIRCLE.id).holds(beyond.entry.log, beyond.entry.number, beyond.entry.digest)

    town.vouch("A", "B")
    ledger.append(town.entries, NOON)
    record = ledger.posts.record(post_of(before))

    assert shown(ledger) == {"Before", "Beyond"}
    assert record is not None
    assert [one.id for one in record.claims] == [claim.entry.id]
    assert held(ledger, town)["B"] == ((1, claim.entry.number),)


def test_what_hangs_on_a_claim_that_ceases_to_count_waits_for_it(ledger: Ledger, town: Town) -> None:
    town.settled("B", "C")
    post = town.post("C", "Carry water")
    claim = town.write("B", PostClaimed(post_of(post)))
    accepted = town.write("C", ClaimAccepted(ClaimId(claim.entry.id)))
    ledger.append(town.entries, NOON)
    town.remove("A", town.cut("B", 1))
    ledger.append(town.entries, NOON)
    without = ledger.posts.record(post_of(post))
    town.vouch("A", "B")
    ledger.append(town.entries, NOON)
    again = ledger.posts.record(post_of(post))

    assert without is not None
    assert again is not None
    assert without.history == (post.entry,)
    assert again.claims[0].accepted == accepted.entry


def test_a_withdrawn_vouch_brings_down_who_stood_by_it_alone(ledger: Ledger, town: Town) -> None:
    town.settled("B")
    town.arrive("C")
    town.vouch("B", "C")
    town.post("C", "Eggs")
    ledger.append(town.entries, NOON)
    town.withdraw("A", "B", town.cut("B"))
    ledger.append(town.entries, NOON)

    assert shown(ledger) == set()
    assert ledger.members.membership(CIRCLE.id).members() == (town.author("A"),)
    assert [one.author for one in ledger.members.waiting(CIRCLE.id)] == [town.author("C")]


def test_a_removal_made_while_being_removed_is_kept(ledger: Ledger, town: Town) -> None:
    town.settled("B", "C")
    town.remove("A", town.cut("B"))
    ledger.append(town.entries, NOON)
    last_word = town.remove("B", town.cut("C"))
    result = ledger.append([last_word], NOON)

    assert result.new == (last_word,)
    assert not ledger.members.membership(CIRCLE.id).is_member(town.author("C"))
    assert held(ledger, town)["B"] == ((1, last_word.entry.number),)


def test_this_station_counts_for_itself_whoever_vouches(ledger: Ledger, town: Town) -> None:
    town.found()
    ledger.append(town.entries, NOON)
    own = Writer(OWN_SEED, CIRCLE.id)
    for text in ("One", "Two", "Three"):
        ledger.append_own(CIRCLE.id, lambda n, c, text=text: own.sign(post_fact(text), n, c))  # type: ignore[misc]

    assert shown(ledger) == {"One", "Two", "Three"}
    assert ledger.store(CIRCLE.id).holdings()[own.log].ranges == ((1, 3),)
    assert ledger.members.waiting(CIRCLE.id) == ()


def test_a_stranger_s_stamp_is_not_followed(ledger: Ledger, town: Town) -> None:
    town.found()
    town.write("S", StationIntroduced("Station S", b"k" * 32), count=MAX_COUNT)
    ledger.append(town.entries, NOON)
    own = Writer(OWN_SEED, CIRCLE.id)
    written = ledger.append_own(CIRCLE.id, lambda n, c: own.sign(post_fact("One"), n, c))

    assert written.entry.stamp.count == 2


def test_no_more_than_so_many_strangers_are_kept(ledger: Ledger, town: Town) -> None:
    strangers = [
        Writer(bytes([200]) + number.to_bytes(31, "big"), CIRCLE.id) for number in range(STRANGERS_KEPT + 3)
    ]
    hellos = [stranger.introduce("Hello") for stranger in strangers]
    first = ledger.append([town.found(), *hellos[:40]], NOON)
    rest = ledger.append(hellos[40:], NOON)
    more = ledger.append([strangers[0].publish(), strangers[-1].publish()], NOON)

    assert first.refused == ()
    assert rest.refused == tuple(hellos[STRANGERS_KEPT:])
    assert [signed.entry.log for signed in more.new] == [strangers[0].log]
    assert len(ledger.members.waiting(CIRCLE.id)) == STRANGERS_KEPT


def test_an_invite_lets_in_although_strangers_fill_the_door(ledger: Ledger, town: Town) -> None:
    strangers = [
        Writer(bytes([200]) + number.to_bytes(31, "big"), CIRCLE.id) for number in range(STRANGERS_KEPT)
    ]
    town.found()
    invite, _ = town.invite("A")
    ledger.append([*town.entries, *(stranger.introduce("Hello") for stranger in strangers)], NOON)
    town.arrive("C")
    town.join("C", invite)

    assert ledger.append(town.entries, NOON).refused == ()
    assert ledger.members.membership(CIRCLE.id).is_member(town.author("C"))


def test_of_a_forked_number_the_two_lowest_digests_are_kept(ledger: Ledger, town: Town) -> None:
    town.settled("B")
    forks = sorted(
        (town.write("B", post_fact(f"Fork {turn}"), number=2) for turn in range(6)),
        key=lambda signed: signed.entry.digest,
    )
    for signed in reversed(town.entries[:3] + forks):  # the worst order: each displaces another
        ledger.append([signed], NOON)
        ledger.store(CIRCLE.id).holdings()
    ledger.append(town.entries[:3] + forks[2:], NOON)
    texts = {signed.entry.fact.content.text for signed in forks[:2]}  # type: ignore[union-attr]

    assert shown(ledger) == texts
    assert ledger.store(CIRCLE.id).entries(forks[0].entry.log, 2, 2) == forks[:2]
    assert ledger.store(CIRCLE.id).holdings()[forks[0].entry.log].count == 3


def test_a_log_counts_to_its_most_numbers_and_incarnations(ledger: Ledger, town: Town) -> None:
    town.settled("B")
    long, last = (town.write("B", post_fact("Long"), number=number) for number in (20_001, 20_000))
    again = Writer(town.writer("B").seed, CIRCLE.id, incarnation=MAX_INCARNATIONS).publish("Again")
    result = ledger.append([*town.entries, again], NOON)

    assert result.refused == (long, again)
    assert last in result.new


def test_flags_are_counted_by_the_last_word_of_each_author(ledger: Ledger, town: Town) -> None:
    town.settled("B", "C")
    post = town.post("A", "Buy now")
    for name in ("B", "C"):
        town.write(name, PostFlagged(post_of(post), True))
        town.write(name, PostFlagged(post_of(post), True))
    ledger.append(town.entries, NOON)
    both = flags(ledger)
    town.write("C", PostFlagged(post_of(post), False))
    ledger.append(town.entries, NOON)
    one = flags(ledger)
    town.remove("A", town.cut("B", 1))
    ledger.append(town.entries, NOON)

    assert (both, one, flags(ledger)) == ([2], [1], [0])


def flags(ledger: Ledger) -> list[int]:
    with closing(driver.connect(ledger.path, "ro")) as connection:
        return [row[0] for row in connection.execute("SELECT flags FROM post")]


def test_another_process_sees_who_counts_now(ledger: Ledger, path: Path, town: Town) -> None:
    town.settled("B")
    post = town.post("B", "Bread")
    ledger.append(town.entries, NOON)
    with Ledger.open(path, checked=False) as other:
        assert shown(other) == {"Bread"}
        assert held(other, town)["B"] == ((1, 2),)
        seq = other.last_seq()
        town.remove("A", town.cut("B", 1))
        ledger.append(town.entries, NOON)

        assert other.changes_since(seq).membership_changed
        assert not other.changes_since(other.last_seq()).membership_changed
        assert shown(other) == set()
        assert other.posts.record(post_of(post)) is None
        assert held(other, town)["B"] == ((1, 1),)
        assert not other.members.membership(CIRCLE.id).is_member(town.author("B"))
        town.vouch("A", "B")
        other.append(town.entries, NOON)
    assert shown(ledger) == {"Bread"}
    assert held(ledger, town)["B"] == ((1, 2),)


def test_who_counts_is_not_mistaken_after_a_write_that_failed(ledger: Ledger, town: Town) -> None:
    town.settled("B")
    ledger.append(town.entries, NOON)
    own = Writer(OWN_SEED, CIRCLE.id)

    def fail(number: int, count: int) -> SignedEntry:
        raise RuleError("Not today.")

    def write_two() -> None:
        with ledger.writing():
            invite = InviteMade(InviteId(bytes(8)), 1, None)
            ledger.append_own(CIRCLE.id, lambda n, c: own.sign(invite, n, c), NOON)
            ledger.append_own(CIRCLE.id, fail, NOON)

    with pytest.raises(RuleError):
        write_two()
    town.remove("A", town.cut("B"))
    ledger.append(town.entries, NOON)

    assert ledger.last_seq() == len(town.entries)
    assert not ledger.members.membership(CIRCLE.id).is_member(town.author("B"))


def test_a_circle_known_after_its_entries_counts_them_anew(path: Path, town: Town) -> None:
    town.settled("B")
    town.post("B", "Bread")
    town.arrive("E")
    town.post("E", "Spam")
    with Ledger.create(path) as ledger:
        ledger.append(town.entries, NOON)
        assert shown(ledger) == set()

        ledger.circles.add(CIRCLE, OWN_SEED, NOON)

        assert shown(ledger) == {"Bread"}
        assert set(held(ledger, town)) == {"A", "B"}


def test_the_founder_is_named_by_the_founding(ledger: Ledger, town: Town) -> None:
    town.found()
    ledger.append(town.entries, NOON)

    assert ledger.stations.name(CIRCLE.id, town.author("A")) == "Hall"


def test_a_name_given_beyond_a_cut_is_forgotten(ledger: Ledger, town: Town) -> None:
    town.settled("B")
    town.post("B")
    town.write("B", StationIntroduced("Mallory", b"k" * 32))
    ledger.append(town.entries, NOON)
    town.remove("A", town.cut("B", 1))
    ledger.append(town.entries, NOON)

    assert ledger.stations.name(CIRCLE.id, town.author("B")) == "Station B"


def test_who_is_no_founder_founds_nothing(ledger: Ledger, town: Town) -> None:
    town.write("E", CircleFounded("Hall", "UTC", b"k" * 32))
    ledger.append(town.entries, NOON)

    assert ledger.members.membership(CIRCLE.id).founder is None
    assert ledger.members.membership(CIRCLE.id).members() == ()


@pytest.mark.parametrize(
    ("words", "index"), [(f"({IS_TRUST_FACT})", "entry_trust"), (DOES_NOT_COUNT, "entry_uncounted")]
)
def test_facts_and_strangers_are_found_without_reading_all_entries(
    ledger: Ledger, words: str, index: str
) -> None:
    question = f"EXPLAIN QUERY PLAN SELECT author FROM entry WHERE circle_id = x'00' AND {words}"
    with closing(driver.connect(ledger.path, "ro")) as connection:
        plan = connection.execute(question).fetchall()

    assert all(f"INDEX {index}" in step[3] for step in plan)


def test_rebuilding_finds_again_who_counts(ledger: Ledger, town: Town) -> None:
    town.settled("B")
    town.post("B", "Bread")
    beyond = town.post("B", "Beyond")
    town.remove("A", town.cut("B", beyond.entry.number - 1))
    town.arrive("E")
    ledger.append(town.entries[:5], NOON)
    ledger.append(town.entries, NOON)
    with closing(driver.connect(ledger.path, "rw")) as connection:
        before = connection.execute("SELECT seq, kind, counts, is_sound, post_id FROM entry").fetchall()
        connection.execute("UPDATE entry SET kind = 1, counts = NOT counts, is_sound = NOT is_sound")

    ledger.rebuild()

    with closing(driver.connect(ledger.path, "ro")) as connection:
        assert (
            before == connection.execute("SELECT seq, kind, counts, is_sound, post_id FROM entry").fetchall()
        )
    assert shown(ledger) == {"Bread"}
    assert [one.name for one in ledger.members.waiting(CIRCLE.id)] == ["Station E"]


def test_processes_that_write_at_once_agree_on_who_counts(ledger: Ledger, path: Path, town: Town) -> None:
    town.settled("B", "C")
    town.post("B", "Bread")
    town.post("C", "Milk")
    town.remove("A", town.cut("B", 1))
    for turn in range(20):
        town.post("C", f"Milk {turn}")

    def write_all(turn: int) -> None:
        with Ledger.open(path, checked=False) as own:
            for signed in town.entries[turn:] + town.entries[:turn]:
                own.append([signed], NOON)
                own.store(CIRCLE.id).holdings()
            for signed in town.entries:
                own.append([signed], NOON)

    codes = run_in_children(*(partial(write_all, turn) for turn in range(3)))

    assert codes == [0, 0, 0]
    assert shown(ledger) == {"Milk", *(f"Milk {turn}" for turn in range(20))}
    assert held(ledger, town) == {"A": ((1, 4),), "B": ((1, 1),), "C": ((1, 22),)}
