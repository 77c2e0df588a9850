from dataclasses import replace

import pytest

from meshboard.domain.ids import AuthorId, CircleId, InviteId
from meshboard.station.circle.circle_people import CirclePerson, CircleView, InviteLine
from meshboard.ui.circle_words import (
    belonging,
    circle_words,
    invite_state,
    key_words,
    listed,
    person_line,
    person_words,
    removal_words,
    standing,
    vouch_words,
    withdrawal_words,
)
from meshboard.ui.format import key_letters

NOW = 1_800_000_000
ANA = CirclePerson(
    AuthorId(bytes(32)), "Ana", is_me=True, is_member=True, is_founder=True, vouched_by=(),
    vouches_for=("Bo",), removed_by=(), waits_for_vouch=False, entries=4, forks=False, has_box_key=True,
)  # fmt: skip
BO = replace(
    ANA,
    author=AuthorId(b"\1" * 32),
    name="Bo",
    is_me=False,
    is_founder=False,
    vouched_by=("Ana",),
    vouches_for=(),
)
CHI = replace(BO, author=AuthorId(b"\2" * 32), name="Chi")
STRANGER = replace(BO, name="Eve", is_member=False, vouched_by=(), waits_for_vouch=True)
CIRCLE = CircleView(
    CircleId(bytes(8)), "Oak Street", "mbOAK", "US", "LONG_FAST", 2, stations=2, time_zone="America/Chicago",
    founder="Ana", epoch=3, key_state="in use", am_member=True, removed_by=(), waits_for_vouch=False,
    is_chosen=True, apart="", sentence="",
)  # fmt: skip
INVITE = InviteLine(InviteId(bytes(8)), "K7Q2", "Ana", True, 1, NOW + 7200, False, (), ())


def test_a_circle_is_told_in_two_lines_while_nothing_stands_in_the_way() -> None:
    assert circle_words(CIRCLE).plain.splitlines() == [
        "Oak Street · √ you are a member · founded by Ana",
        "key 3 in use · US LONG_FAST, slot 2 · channel mbOAK · America/Chicago",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"epoch": 0}, "the first key in use"),
        ({"key_state": "waiting for the key of epoch 3"}, "waiting for key 3"),
        ({"key_state": "a new key is due"}, "key 3 in use, a new one is due"),
        ({"key_state": "none: you were taken out", "removed_by": ("Bo",)}, "no key: you were taken out"),
    ],
)
def test_the_key_in_use_is_said_in_words(changes: dict[str, object], words: str) -> None:
    assert key_words(replace(CIRCLE, **changes)) == words  # type: ignore[arg-type]


def test_what_stands_in_the_way_is_a_sentence_with_a_sign() -> None:
    out = replace(CIRCLE, am_member=False, removed_by=("Bo",), sentence="You were taken out by Bo.")

    assert belonging(out) == "× you were taken out"
    assert circle_words(out).plain.endswith("! You were taken out by Bo.")


def test_where_somebody_stands_is_never_said_by_colour_alone() -> None:
    removed = replace(BO, is_member=False, removed_by=("Ana",))
    unheard = replace(STRANGER, entries=0, has_box_key=False)
    people = (ANA, BO, removed, STRANGER, unheard)

    assert [standing(one)[0] for one in people] == ["√", "√", "×", "?", "?"]
    assert len({standing(one) for one in people}) == len(people)


def test_a_line_says_who_vouched_who_took_out_and_who_forked() -> None:
    removed = replace(BO, is_member=False, removed_by=("Ana", "Chi"))

    assert "vouched for by Ana" in person_line(BO, 76).plain
    assert "taken out by Ana and Chi" in person_line(removed, 76).plain
    assert "≠ forked" in person_line(replace(BO, forks=True), 76).plain
    assert person_line(ANA, 50).cell_length <= 50


def test_a_fork_is_explained_with_what_to_do() -> None:
    assert "Two entries under one number" in person_words(replace(BO, forks=True))
    assert "take them out and invite them anew" in person_words(replace(BO, forks=True))


def test_a_vouch_is_asked_for_with_the_key_that_tells_two_of_one_name_apart() -> None:
    assert key_letters(STRANGER.author) == "0101 0101 0101 0101"
    assert key_letters(STRANGER.author) in vouch_words(STRANGER)


def test_taking_a_vouch_back_names_all_who_fall_and_offers_the_key() -> None:
    words = withdrawal_words(BO, ("Bo", "Chi"))

    assert words.startswith("Bo and Chi count no more.")
    assert "can still read until the key is changed" in words
    assert "vouching again" in words


def test_taking_back_one_vouch_of_two_says_that_nothing_falls() -> None:
    assert "stay members" in withdrawal_words(BO, ())


def test_a_removal_says_what_ends_what_stays_and_who_gets_the_key() -> None:
    words = removal_words([BO], [ANA, BO, CHI])

    assert words.startswith("Bo reads nothing sealed later.")
    assert "stays" in words
    assert "1 other gets the new key" in words


def test_whom_the_new_key_cannot_reach_is_named_before_a_removal() -> None:
    words = removal_words([BO], [ANA, BO, replace(CHI, has_box_key=False)])

    assert "Nobody else is there to get the new key. It cannot be sealed to Chi" in words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "○ open, 2 hours"),
        ({"expires_at": None}, "○ open, no end"),
        ({"expires_at": NOW + 3 * 86400}, "○ open, 3 days"),
        ({"expires_at": NOW - 1}, "× expired"),
        ({"joined": ("Bo",)}, "× used up"),
        ({"joined": ("Bo",), "uses": 0}, "○ open, 2 hours"),
        ({"is_closed": True}, "× closed"),
        ({"is_closed": True, "joined": ("Bo",)}, "× used up"),
    ],
)
def test_an_invite_says_whether_it_still_lets_in(changes: dict[str, object], words: str) -> None:
    assert invite_state(replace(INVITE, **changes), NOW) == words  # type: ignore[arg-type]


def test_long_lists_of_names_are_cut_with_their_number() -> None:
    assert listed(("Ana",)) == "Ana"
    assert listed(tuple("abcdefgh")) == "a, b, c, d, e, f and 2 others"


def test_of_oneself_it_is_said_as_to_oneself() -> None:
    words = person_words(replace(BO, is_me=True, vouches_for=("Cy",), entries=2))

    assert words.startswith("You vouch for Cy. 2 entries of yours here. Your key: ")
    assert "Bo vouches for Cy" in person_words(replace(BO, vouches_for=("Cy",)))
