"""What is left of forgotten entries: holdings come out as if nothing had been forgotten."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from meshboard.domain.entries import PostNoted, SignedEntry
from meshboard.domain.ids import EntryId, PostId
from meshboard.sync.holdings.stretches import hulls, whole
from meshboard.sync.memory_store import MemoryStore
from meshboard.sync.store import Stretch
from tests.support.entries.signed import Writer, writer

POST = PostId(EntryId(b"the post"))
LOG = writer(1).log
SIZE = 12


def written() -> list[SignedEntry]:
    """Return a log with two entries under number 6."""
    ana = writer(1)
    made = [ana.write(PostNoted(POST, f"note {number}")) for number in range(1, SIZE + 1)]
    return [*made, Writer(ana.seed).sign(PostNoted(POST, "written twice"), 6, 60)]


ENTRIES = written()
numbers = st.sets(st.integers(3, SIZE - 1))


def store_of(entries: Sequence[SignedEntry], forgotten: set[int] = frozenset()) -> MemoryStore:  # type: ignore[assignment]
    store = MemoryStore()
    store.append(entries)
    store.forget({one.entry.digest for one in entries if one.entry.number in forgotten})
    return store


def told_by(store: MemoryStore) -> list[Stretch]:
    """Return what a station says of what it forgot."""
    stretches = store.stretches(LOG)
    return [
        whole(stretches, first, last, [one.entry for one in store.entries(LOG, first, last)])
        for first, last in hulls(stretches)
    ]


@given(numbers, numbers)
def test_forgetting_at_once_or_bit_by_bit_changes_nothing_of_what_is_held(
    one: set[int], more: set[int]
) -> None:
    store = store_of(ENTRIES, one)
    store.forget({signed.entry.digest for signed in ENTRIES if signed.entry.number in more})

    assert store.holdings() == store_of(ENTRIES).holdings()
    assert store.stretches(LOG) == store_of(ENTRIES, one | more).stretches(LOG)
    assert {signed.entry.number for signed in store.everything()} == set(range(1, SIZE + 1)) - one - more


@given(numbers)
def test_what_was_forgotten_here_stays_forgotten(forgotten: set[int]) -> None:
    store = store_of(ENTRIES, forgotten)

    assert store.append(ENTRIES) == ()
    assert store.everything() == store_of(ENTRIES, forgotten).everything()
    assert all(store.holds(LOG, one.entry.number, one.entry.digest) for one in ENTRIES)


@settings(max_examples=200)
@given(numbers, numbers, st.permutations(ENTRIES))
def test_a_newcomer_told_of_stretches_holds_the_same_whatever_it_held_and_gets_in_full_later(
    forgotten: set[int], held: set[int], later: Sequence[SignedEntry]
) -> None:
    giver = store_of(ENTRIES, forgotten)
    newcomer = store_of(giver.everything())
    newcomer.append([one for one in ENTRIES if one.entry.number in held])

    for told in told_by(giver):
        newcomer.take_stretch(LOG, told)
    assert newcomer.holdings() == giver.holdings()
    for signed in later:
        newcomer.append([signed])
        assert newcomer.holdings() == giver.holdings()
    assert not newcomer.stretches(LOG)


def test_another_entry_under_a_forgotten_number_is_kept() -> None:
    once = [one for one in ENTRIES if one.entry.stamp.count != 60]
    store = store_of(once, {5, 6, 7})

    assert store.append(ENTRIES) == (ENTRIES[-1],)
    assert store.holdings() == store_of(ENTRIES).holdings()


def test_a_stretch_is_taken_only_before_an_entry_that_is_held() -> None:
    (told,) = told_by(store_of(ENTRIES, {3, 4, 5}))
    held = [one for one in ENTRIES if one.entry.number in (1, 2, 7)]

    assert not store_of(held).take_stretch(LOG, told)
    assert store_of([*held, *(one for one in ENTRIES if one.entry.number == 6)]).take_stretch(LOG, told)


def test_a_stretch_of_fewer_entries_than_are_lacking_is_refused() -> None:
    (told,) = told_by(store_of(ENTRIES, {3, 4, 5}))
    store = store_of([one for one in ENTRIES if one.entry.number in (1, 2, 6)])

    assert not store.take_stretch(LOG, Stretch(told.first, told.last, 2, told.digest))


def test_a_stretch_that_reaches_into_another_takes_its_place() -> None:
    wide, narrow = store_of(ENTRIES, {7, 8, 9}), store_of(ENTRIES, {4, 5, 6, 7})
    held = [one for one in ENTRIES if one.entry.number in (1, 2, 3, 10, 11, 12)]
    newcomer = store_of(held)
    assert newcomer.take_stretch(LOG, told_by(wide)[0])

    newcomer.append([one for one in ENTRIES if one.entry.number == 8])
    assert newcomer.take_stretch(LOG, told_by(narrow)[0])
    assert newcomer.holdings()[LOG].ranges == ((1, 8), (10, 12))
    newcomer.append(ENTRIES)
    assert newcomer.holdings() == store_of(ENTRIES).holdings()
