"""Who counts in a circle, and which key holds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshboard.domain.circle_facts import (
    AuthorVouched,
    CircleFounded,
    Cut,
    EpochBegun,
    InviteClosed,
    InviteMade,
    StationIntroduced,
    StationJoined,
    VouchWithdrawn,
)
from meshboard.domain.entries import LogId
from meshboard.domain.ids import EpochId, invite_id
from meshboard.figures import MAX_INCARNATIONS, MAX_LOG_NUMBER, MAX_TRUST_FACTS
from tests.domain.circle_entries import (
    ANA,
    BEN,
    CAM,
    DEE,
    EVE,
    FIRST_EPOCH,
    Book,
    author,
    cut,
    key,
    members,
    told,
)

PAPER = b"invite key of 32 bytes, for tests"[:32]


def join(book: Book, letter: str, time_s: int | None = None) -> None:
    book.arrive(letter)
    book.write(letter, StationJoined(PAPER, b"p" * 64), time_s=time_s)  # number 2, where it acts


def test_only_the_founder_counts_at_first() -> None:
    book = Book().found().arrive(BEN)

    assert members(book.told()) == "A"


def test_nobody_counts_before_the_founding_has_come() -> None:
    book = Book().arrive(BEN, CAM).vouch(BEN, CAM)

    assert members(book.told()) == ""


def test_a_founding_by_anybody_else_founds_nothing() -> None:
    book = Book().found(BEN)

    assert members(book.told()) == ""


def test_a_vouch_counts_in_chain() -> None:
    book = Book().found().arrive(BEN, CAM, DEE).vouch(ANA, BEN).vouch(BEN, CAM).vouch(CAM, DEE)

    assert members(book.told()) == "ABCD"


def test_a_vouch_by_somebody_who_does_not_count_is_worth_nothing() -> None:
    book = Book().found().arrive(BEN, CAM).vouch(BEN, CAM)

    assert members(book.told()) == "A"


def test_strangers_who_vouch_for_each_other_stay_strangers() -> None:
    book = Book().found().arrive(BEN, CAM).vouch(BEN, CAM).vouch(CAM, BEN)

    assert members(book.told()) == "A"


def test_who_shows_an_invite_is_vouched_for_by_its_maker() -> None:
    book = Book().found()
    book.write(ANA, InviteMade(invite_id(PAPER), 1, None))
    join(book, BEN)

    assert members(book.told()) == "AB"
    assert book.told().standings[author(BEN)].vouchers == (author(ANA),)


def test_an_invite_for_one_lets_nobody_in_when_two_show_it_until_its_maker_says_who_was_first() -> None:
    book = Book().found()
    book.write(ANA, InviteMade(invite_id(PAPER), 1, None))
    join(book, BEN)
    join(book, CAM)

    assert members(book.told()) == "A"
    book.write(ANA, InviteClosed(invite_id(PAPER), (key(BEN),)))
    assert members(book.told()) == "AB"
    assert book.told().invites[0].turned_away == (author(CAM),)


def test_a_voided_invite_lets_nobody_else_in() -> None:
    book = Book().found()
    book.write(ANA, InviteMade(invite_id(PAPER), 0, None))
    join(book, BEN)
    book.write(ANA, InviteClosed(invite_id(PAPER), (key(BEN),)))
    join(book, CAM)

    assert members(book.told()) == "AB"


def test_a_stranger_cannot_void_an_invite() -> None:
    book = Book().found().arrive(EVE)
    book.write(ANA, InviteMade(invite_id(PAPER), 0, None))
    book.write(EVE, InviteClosed(invite_id(PAPER), ()))
    join(book, BEN)

    assert members(book.told()) == "AB"


def test_an_invite_shown_after_it_expired_lets_nobody_in() -> None:
    book = Book().found()
    book.write(ANA, InviteMade(invite_id(PAPER), 0, 1_000))
    join(book, BEN, time_s=1_000)
    join(book, CAM, time_s=1_001)

    assert members(book.told()) == "AB"


def test_nobody_takes_an_invite_over_by_naming_its_key() -> None:
    book = Book().found().arrive(EVE).vouch(ANA, EVE)
    book.write(EVE, InviteMade(invite_id(PAPER), 0, 1), count=1)
    book.write(ANA, InviteMade(invite_id(PAPER), 0, None))
    join(book, BEN, time_s=1_000)

    assert book.told().standings[author(BEN)].vouchers == (author(ANA),)


def test_a_withdrawn_vouch_brings_down_who_stood_by_it_alone() -> None:
    book = Book().found().arrive(BEN, CAM, DEE).vouch(ANA, BEN, DEE).vouch(BEN, CAM, DEE)

    assert book.told().would_fall(author(ANA), author(BEN)) == tuple(sorted([author(BEN), author(CAM)]))
    book.write(ANA, VouchWithdrawn(key(BEN), (cut(BEN, 3), cut(CAM, 1))))
    assert members(book.told()) == "AD"


def test_only_the_voucher_withdraws_its_vouch() -> None:
    book = Book().found().arrive(BEN, CAM).vouch(ANA, BEN, CAM)
    book.write(CAM, VouchWithdrawn(key(BEN), ()))

    assert members(book.told()) == "ABC"


def test_what_was_written_before_a_fall_still_counts_and_nothing_after() -> None:
    book = Book().found().arrive(BEN).vouch(ANA, BEN)
    book.write(ANA, VouchWithdrawn(key(BEN), (cut(BEN, 7),)))
    log = LogId(author(BEN))

    assert book.told().counts(log, 7)
    assert not book.told().counts(log, 8)
    assert not book.told().counts(LogId(author(BEN), 1), 1)


def test_who_is_vouched_for_again_counts_again() -> None:
    book = Book().found().arrive(BEN).vouch(ANA, BEN)
    book.write(ANA, VouchWithdrawn(key(BEN), ()))
    book.vouch(ANA, BEN)

    assert members(book.told()) == "AB"


def test_a_removed_member_counts_no_more_and_those_they_vouched_for_do() -> None:
    book = Book().found().arrive(BEN, CAM).vouch(ANA, BEN).vouch(BEN, CAM)
    book.remove(ANA, cut(BEN, 2))

    assert members(book.told()) == "AC"
    assert book.told().standings[author(BEN)].removed_by == (author(ANA),)
    assert book.told().epoch.number == 1
    assert not book.told().is_rekey_due


def test_nobody_closes_or_opens_the_invite_of_another_member() -> None:
    book = Book().found().arrive(EVE).vouch(ANA, EVE)
    book.write(ANA, InviteMade(invite_id(PAPER), 1, None))
    join(book, BEN)
    book.write(EVE, InviteClosed(invite_id(PAPER), ()))
    assert members(book.told()) == "ABE"
    book.write(ANA, InviteClosed(invite_id(PAPER), (key(BEN),)))
    join(book, CAM)
    book.write(EVE, InviteClosed(invite_id(PAPER), (key(CAM),)))

    assert members(book.told()) == "ABE"


def test_an_invite_of_a_removed_member_lets_nobody_in_any_more() -> None:
    book = Book().found().arrive(BEN).vouch(ANA, BEN)
    book.write(BEN, InviteMade(invite_id(PAPER), 0, None))
    join(book, CAM)
    book.write(ANA, InviteClosed(invite_id(PAPER), (key(CAM),)))
    book.remove(ANA, cut(BEN, 2))
    join(book, DEE)

    assert members(book.told()) == "AC"


def test_who_came_by_an_invite_its_remover_did_not_know_of_waits_for_a_vouch() -> None:
    book = Book().found().arrive(BEN).vouch(ANA, BEN)
    book.write(BEN, InviteMade(invite_id(PAPER), 0, None))
    book.remove(ANA, cut(BEN, 2))
    join(book, CAM)

    assert members(book.told()) == "A"


def test_a_removed_member_may_be_taken_in_again() -> None:
    book = Book().found().arrive(BEN, CAM).vouch(ANA, BEN, CAM)
    epoch = book.remove(ANA, cut(BEN, 1), count=2**32 - 1)
    book.vouch(CAM, BEN)
    assert members(book.told()) == "AC"
    book.write(CAM, AuthorVouched(key(BEN), EpochId(bytes(epoch.id))), count=1)

    assert members(book.told()) == "ABC"


def test_a_removed_member_lets_nobody_in_afterwards_whatever_its_stamps_say() -> None:
    book = Book().found().arrive(BEN, CAM).vouch(ANA, BEN)
    book.remove(ANA, cut(BEN, 1), count=50)
    book.write(BEN, AuthorVouched(key(CAM)), count=4)

    assert members(book.told()) == "A"


def test_of_concurrent_epochs_the_lowest_hash_wins_and_all_removals_hold() -> None:
    book = Book().found().arrive(BEN, CAM, DEE).vouch(ANA, BEN, CAM, DEE)
    one = book.remove(ANA, cut(CAM, 1), count=20)
    other = book.remove(BEN, cut(DEE, 1), count=20)

    found = book.told()
    assert members(found) == "AB"
    assert found.epoch.id == EpochId(bytes(min(one, other, key=lambda entry: entry.digest).id))
    assert found.is_rekey_due  # the winner's key was given to the one the other removed


def test_a_new_epoch_after_both_is_due_no_more() -> None:
    book = Book().found().arrive(BEN, CAM, DEE).vouch(ANA, BEN, CAM, DEE)
    book.remove(ANA, cut(CAM, 1))
    book.remove(BEN, cut(DEE, 1))
    winner = book.told().epoch.id
    book.remove(ANA, cut(CAM, 1), cut(DEE, 1), parent=winner)

    assert not book.told().is_rekey_due
    assert book.told().epoch.number == 2


def test_two_who_remove_each_other_are_both_out() -> None:
    book = Book().found().arrive(BEN, CAM).vouch(ANA, BEN, CAM)
    book.remove(BEN, cut(CAM, 1))
    book.remove(CAM, cut(BEN, 1))

    assert members(book.told()) == "A"


def test_a_removed_member_has_one_last_word_and_no_second() -> None:
    book = Book().found().arrive(BEN, CAM, DEE, EVE).vouch(ANA, BEN, CAM, DEE, EVE)
    book.remove(ANA, cut(EVE, 1))
    first = book.remove(EVE, cut(BEN, 9))
    book.remove(EVE, cut(CAM, 9), parent=EpochId(bytes(first.id)))

    assert members(book.told()) == "ACD"
    assert book.told().counts(LogId(author(EVE)), first.number)
    assert not book.told().counts(LogId(author(EVE)), first.number + 1)


def test_what_let_in_who_has_a_last_word_counts_too() -> None:
    book = Book().found()
    book.write(ANA, InviteMade(invite_id(PAPER), 0, None))
    join(book, BEN)
    book.write(ANA, InviteClosed(invite_id(PAPER), (key(BEN),)))
    book.remove(ANA, cut(BEN, 0))
    book.remove(BEN)

    everything = book.told()
    assert everything.counts(LogId(author(BEN)), 3)
    assert everything.counts(LogId(author(BEN)), 2)
    counting = [entry for entry in book.entries if everything.counts(entry.log, entry.number)]
    assert told(counting).epoch == everything.epoch


def test_who_knows_of_their_removal_has_no_last_word() -> None:
    book = Book().found().arrive(BEN, EVE).vouch(ANA, BEN, EVE)
    epoch = book.remove(ANA, cut(EVE, 1))
    book.remove(EVE, cut(BEN, 9), parent=EpochId(bytes(epoch.id)))

    assert members(book.told()) == "AB"


def test_who_lost_their_vouch_removes_nobody() -> None:
    book = Book().found().arrive(BEN, EVE).vouch(ANA, BEN, EVE)
    book.write(ANA, VouchWithdrawn(key(EVE), (cut(EVE, 1),)))
    book.remove(EVE, cut(BEN, 9))

    assert members(book.told()) == "AB"


def test_a_removal_that_cuts_off_the_vouch_its_author_stands_by_is_worth_nothing() -> None:
    book = Book().found().arrive(BEN, EVE).vouch(ANA, BEN).vouch(BEN, EVE)
    book.remove(EVE, cut(BEN, 0))

    assert members(book.told()) == "ABE"


def test_nobody_empties_a_circle_by_cutting_off_its_founder() -> None:
    book = Book().found().arrive(BEN, CAM, EVE).vouch(ANA, BEN, EVE, CAM)
    book.remove(EVE, cut(ANA, 0))
    book.remove(ANA, cut(EVE, 1))

    assert members(book.told()) == "ABC"


def test_a_removed_member_who_lies_about_its_stamps_has_one_last_word_too() -> None:
    book = Book().found().arrive(BEN, CAM, DEE, EVE).vouch(ANA, BEN, CAM, DEE, EVE)
    book.remove(ANA, cut(EVE, 1))
    for letter in (ANA, BEN, CAM, DEE):
        book.remove(EVE, cut(letter, 9), count=0)

    assert members(book.told()) == "BCD"


def test_whoever_is_in_ends_what_an_accomplice_left_open() -> None:
    book = Book().found().arrive(BEN, CAM).vouch(ANA, BEN).vouch(BEN, CAM)
    opened = book.remove(BEN, Cut(key(CAM), MAX_INCARNATIONS - 1, MAX_LOG_NUMBER))
    assert book.told().counts(LogId(author(CAM)), 500)
    book.remove(ANA, cut(BEN, 9), cut(CAM, 1), parent=EpochId(bytes(opened.id)))

    assert not book.told().counts(LogId(author(CAM)), 500)


def test_a_removed_accomplice_takes_nobody_in_again() -> None:
    book = Book().found().arrive(BEN, CAM).vouch(ANA, BEN).vouch(BEN, CAM)
    opened = book.remove(BEN, Cut(key(CAM), MAX_INCARNATIONS - 1, MAX_LOG_NUMBER))
    closed = book.remove(ANA, cut(BEN, 9), cut(CAM, 1), parent=EpochId(bytes(opened.id)))
    book.write(CAM, AuthorVouched(key(BEN), EpochId(bytes(closed.id))))

    assert members(book.told()) == "A"


def test_a_removal_outweighs_what_a_withdrawn_vouch_left() -> None:
    book = Book().found().arrive(BEN, CAM).vouch(ANA, BEN).vouch(BEN, CAM)
    book.write(BEN, VouchWithdrawn(key(CAM), (Cut(key(CAM), MAX_INCARNATIONS - 1, MAX_LOG_NUMBER),)))
    assert book.told().counts(LogId(author(CAM)), 500)
    book.remove(ANA, cut(CAM, 1))

    assert not book.told().counts(LogId(author(CAM)), 500)


def test_an_epoch_of_a_stranger_is_none() -> None:
    book = Book().found().arrive(BEN, EVE).vouch(ANA, BEN)
    book.remove(EVE, cut(BEN, 0))

    assert members(book.told()) == "AB"
    assert book.told().epoch.id == FIRST_EPOCH


def test_an_epoch_waits_for_its_parent() -> None:
    book = Book().found().arrive(BEN).vouch(ANA, BEN)
    parent = book.remove(ANA)
    book.remove(ANA, parent=EpochId(bytes(parent.id)))
    without = [entry for entry in book.entries if entry != parent]

    assert told(without).epoch.id == FIRST_EPOCH
    assert book.told().epoch.number == 2


def test_more_entries_than_a_log_may_have_do_not_count() -> None:
    found = Book().found().told()

    assert found.counts(LogId(author(ANA)), MAX_LOG_NUMBER)
    assert not found.counts(LogId(author(ANA)), MAX_LOG_NUMBER + 1)
    assert not found.counts(LogId(author(ANA), MAX_INCARNATIONS), 1)


def test_of_one_author_only_the_first_facts_about_the_circle_act() -> None:
    book = Book().found().arrive(BEN)
    for _ in range(MAX_TRUST_FACTS):
        book.vouch(ANA, CAM)
    book.vouch(ANA, BEN)

    assert members(book.told()) == "A"


letters = st.sampled_from("ABCDE")
cuts = st.builds(lambda letter, number: Cut(key(letter), 0, number), letters, st.integers(0, 6))


def _unique(found: list[Cut]) -> tuple[Cut, ...]:
    return tuple(sorted({one.member: one for one in found}.values()))


facts = st.one_of(
    st.builds(lambda letter: AuthorVouched(key(letter)), letters),
    st.builds(lambda letter: ("again", letter), letters),
    st.builds(
        lambda letter, some: VouchWithdrawn(key(letter), _unique(some)), letters, st.lists(cuts, max_size=3)
    ),
    st.builds(
        lambda uses, ends: InviteMade(invite_id(PAPER), uses, ends), st.integers(0, 2), st.none() | st.just(9)
    ),
    st.just(StationJoined(PAPER, b"p" * 64)),
    st.builds(
        lambda some: InviteClosed(invite_id(PAPER), tuple(sorted({key(letter) for letter in some}))),
        st.lists(letters),
    ),
    st.lists(cuts, max_size=2).map(_unique),
)  # fmt: skip


@st.composite
def stories(draw: st.DrawFn) -> Book:
    """Any members doing anything to each other, with any stamps."""
    book = Book().found().arrive(BEN, CAM, DEE, EVE)
    epochs = [FIRST_EPOCH]
    for _ in range(draw(st.integers(0, 14))):
        fact, count = draw(facts), draw(st.none() | st.integers(0, 30))
        letter = draw(letters)
        if isinstance(fact, tuple) and fact[:1] == ("again",):
            book.write(letter, AuthorVouched(key(str(fact[1])), draw(st.sampled_from(epochs))), count)
        elif isinstance(fact, tuple):
            entry = book.write(letter, EpochBegun(draw(st.sampled_from(epochs)), b"c" * 16, fact), count)
            epochs.append(EpochId(bytes(entry.id)))
        else:
            book.write(letter, fact, count, time_s=draw(st.none() | st.integers(1, 20)))
    return book


@settings(max_examples=300, deadline=None)
@given(stories(), st.randoms(use_true_random=False))
def test_membership_is_the_same_in_whatever_order_entries_came(book: Book, chance: object) -> None:
    shuffled = list(book.entries)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert told(shuffled + shuffled[:3]) == book.told()


@settings(max_examples=200, deadline=None)
@given(stories())
def test_what_a_stranger_writes_changes_nothing_for_the_others(book: Book) -> None:
    before = book.told()
    stranger = "Z"
    book.write(stranger, StationIntroduced("Z", b"k" * 32))
    for letter in "ABCDE":
        book.write(stranger, AuthorVouched(key(letter)))
    book.write(stranger, EpochBegun(FIRST_EPOCH, b"z" * 16, (cut(ANA, 0),)), count=0)
    book.write(stranger, CircleFounded("Z", "UTC", b"k" * 32))

    after = book.told()
    assert members(after) == members(before)
    assert after.epoch == before.epoch


def test_two_who_cut_off_each_others_vouches_cut_off_nothing() -> None:
    book = Book().found().arrive(BEN, CAM, DEE, EVE).vouch(ANA, BEN, CAM).vouch(BEN, DEE).vouch(CAM, EVE)
    book.remove(DEE, cut(CAM, 0))
    book.remove(EVE, cut(BEN, 0))

    assert members(book.told()) == "ABCDE"


def test_a_thousand_removals_that_are_worth_nothing_change_nothing() -> None:
    book = Book().found().arrive(BEN, CAM, DEE, EVE).vouch(ANA, BEN, CAM).vouch(BEN, DEE).vouch(CAM, EVE)
    for _ in range(500):
        book.remove(DEE, cut(ANA, 0))
        book.remove(EVE, cut(ANA, 0))

    assert members(book.told()) == "ABCDE"


def test_a_closing_that_turns_away_whom_its_author_stands_by_is_not_heeded() -> None:
    book = Book().found()
    book.write(ANA, InviteMade(invite_id(PAPER), 0, None))
    join(book, BEN)
    book.arrive(CAM).vouch(BEN, CAM)
    book.write(CAM, InviteClosed(invite_id(PAPER), ()))

    assert members(book.told()) == "ABC"


def test_nobody_removes_themselves_and_with_it_the_vouches_they_gave() -> None:
    book = Book().found().arrive(BEN).vouch(ANA, BEN)
    book.remove(ANA, cut(ANA, 0))

    assert members(book.told()) == "AB"


@settings(max_examples=600, deadline=None)
@given(stories())
def test_what_counts_tells_the_same_as_everything(book: Book) -> None:
    everything = book.told()
    counting = [entry for entry in book.entries if everything.counts(entry.log, entry.number)]

    found = told(counting)
    assert members(found) == members(everything)
    assert found.epoch == everything.epoch
    assert found.is_rekey_due == everything.is_rekey_due


@settings(max_examples=200, deadline=None)
@given(stories())
def test_everybody_who_counts_is_vouched_for_or_founded_the_circle(book: Book) -> None:
    found = book.told()

    for who in found.members():
        standing = found.standings[who]
        assert who == found.founder or standing.vouchers
        assert not standing.removed_by


@pytest.mark.parametrize("letter", "BCDE")
def test_the_founder_has_no_other_power(letter: str) -> None:
    book = Book().found().arrive(BEN, CAM, DEE, EVE).vouch(ANA, BEN, CAM, DEE, EVE)
    book.remove(letter, cut(ANA, 9))

    assert members(book.told()) == "BCDE"
