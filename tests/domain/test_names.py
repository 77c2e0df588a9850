"""Names: two stations that bear the same are shown with the start of their keys, and only those."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.ids import AuthorId
from meshboard.domain.names import distinct_names


def author(start: str) -> AuthorId:
    return AuthorId(bytes.fromhex(start.ljust(64, "0")))


ANA, EVE, BEN = author("1660aa"), author("beef"), author("1660ab")


def test_names_that_differ_stay_as_they_are() -> None:
    assert distinct_names({ANA: "Ana", BEN: "Ben"}) == {ANA: "Ana", BEN: "Ben"}


@pytest.mark.parametrize(
    "taken",
    ["Ana", "ANA", " Ana", "A na", "Ana\u200b", "A\u00adna", "Ana\ufe0f", "Ａｎａ", "A\u3164na", "Ana\u00a0"],
)  # fmt: skip
def test_names_that_look_the_same_are_told_apart_by_their_keys(taken: str) -> None:
    shown = distinct_names({ANA: "Ana", EVE: taken, BEN: "Ben"})

    assert (shown[ANA], shown[BEN]) == ("Ana 1660", "Ben")
    assert shown[EVE].endswith(" beef")


@pytest.mark.parametrize("variant", ["Ana \U0001f44d\U0001f3fd", "Ana \U0001f44d\u200d\U0001f467"])
def test_pictures_that_screens_show_alike_make_no_difference(variant: str) -> None:
    assert distinct_names({ANA: "Ana \U0001f44d", EVE: variant})[ANA] == "Ana \U0001f44d 1660"


def test_names_composed_in_two_ways_look_the_same() -> None:
    assert distinct_names({ANA: "Zo\u00eb", EVE: "Zoe\u0308"})[ANA] == "Zo\u00eb 1660"


def test_characters_that_cannot_be_shown_are_compared_as_they_are_shown() -> None:
    assert distinct_names({ANA: "Ana\x07", EVE: "Ana\u202e"}) == {
        ANA: "Ana\ufffd 1660",
        EVE: "Ana\ufffd beef",
    }


def test_keys_that_begin_alike_are_shown_further() -> None:
    assert distinct_names({ANA: "Ana", BEN: "Ana"}) == {ANA: "Ana 1660aa00", BEN: "Ana 1660ab00"}


def test_a_name_that_ends_in_somebodys_digits_is_not_taken_for_theirs() -> None:
    shown = distinct_names({ANA: "Ana", EVE: "Ana", author("77"): "Ana 1660"})

    assert shown[author("77")] == "Ana 1660 7700"
    assert shown[ANA].startswith("Ana 1660aa")


def test_a_name_without_ink_is_no_name() -> None:
    assert distinct_names({ANA: " \u200b\u3164", EVE: ""}) == {}


@given(
    st.dictionaries(
        st.binary(min_size=32, max_size=32).map(AuthorId),
        st.sampled_from(["Ana", "ana", "An a", "Ana 0000", "Ana 00000000", "Ana " + "00" * 32, "Ben"]),
        max_size=8,
    ),
)
def test_no_two_are_ever_shown_the_same(names: dict[AuthorId, str]) -> None:
    shown = distinct_names(names)

    assert len({line.casefold().replace(" ", "") for line in shown.values()}) == len(names)


def test_whoever_is_listed_first_makes_no_difference() -> None:
    names = {ANA: "Ana", BEN: "Ana", EVE: "ana", author("77"): "Ana 1660"}

    assert distinct_names(names) == distinct_names(dict(reversed(names.items())))
