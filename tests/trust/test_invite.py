from contextlib import suppress

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.ids import CODE_ALPHABET
from meshboard.errors import RuleError, TrustError
from meshboard.trust.circle import PRESET_NAMES, REGIONS, Circle, RadioPlan, make_circle
from meshboard.trust.invite import invite_code, invite_qr_text, read_invite

CIRCLE = make_circle("Elm Street", bytes(range(32)))
CODE = invite_code(CIRCLE)

plans = st.builds(RadioPlan, st.sampled_from(REGIONS), st.sampled_from(PRESET_NAMES), st.integers(0, 0xFFFF))
names = st.text(st.characters(whitelist_categories=("L", "N")), min_size=1, max_size=6)


@st.composite
def circles(draw: st.DrawFn) -> Circle:
    key = draw(st.binary(min_size=32, max_size=32))
    channel = draw(st.just("") | st.text("abcXYZ09", min_size=1, max_size=11))
    return make_circle(draw(names), key, draw(plans), channel)


@given(circles())
def test_an_invite_brings_the_whole_circle(circle: Circle) -> None:
    assert circle == read_invite(invite_code(circle))
    assert circle == read_invite(invite_qr_text(circle))


@pytest.mark.parametrize(
    "typed",
    [
        CODE.lower(),
        CODE.replace("-", " "),
        CODE.replace("-", ""),
        CODE.replace("0", "o").replace("1", "l"),
        f"  {CODE}\n",
        CODE.replace("-", "–"),
        invite_qr_text(CIRCLE).lower(),
        CODE[:30].replace("-", "") + CODE[30:],
    ],
)
def test_case_spaces_dashes_and_lookalikes_do_not_matter(typed: str) -> None:
    assert read_invite(typed) == CIRCLE


@given(st.integers(0, len(CODE) - 1), st.sampled_from(CODE_ALPHABET))
def test_one_wrong_letter_is_named_by_its_group(place: int, letter: str) -> None:
    if CODE[place] in ("-", letter):
        return
    mistyped = CODE[:place] + letter + CODE[place + 1 :]

    with pytest.raises(TrustError, match=rf"Group {place // 7 + 1} .* is mistyped"):
        read_invite(mistyped)


@given(st.integers(0, len(CODE) - 2))
def test_two_letters_exchanged_in_a_group_are_named_by_their_group(place: int) -> None:
    first, second = CODE[place], CODE[place + 1]
    if "-" in (first, second) or first == second:
        return
    mistyped = CODE[:place] + second + first + CODE[place + 2 :]

    with pytest.raises(TrustError, match=f"Group {place // 7 + 1} "):
        read_invite(mistyped)


def test_two_groups_exchanged_are_noticed() -> None:
    groups = CODE.split("-")
    groups[2], groups[3] = groups[3], groups[2]

    with pytest.raises(TrustError, match="Group 3 "):
        read_invite("-".join(groups))


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "empty"),
        (CODE[:20], "too short"),
        (CODE[:17], "too short"),
        (CODE.replace(CODE.split("-")[4], CODE.split("-")[4][:-1]), "Group 5 .* has 5 letters"),
        ("U" + CODE[1:], "Group 1 .* has “U”"),
        ("MESHBOARD:2:000000", "newer meshboard"),
        ("meshboard:hello", "not a meshboard invite"),
        ("MESHBOARD:1:400G02G004106", "too short"),
        (invite_qr_text(CIRCLE)[:-8] + "00000000", "wrong somewhere"),
        (invite_qr_text(CIRCLE) + "ZZZZZZZZ", "after the end"),
        ("A" * 5000, "too long"),
    ],
)
def test_what_is_wrong_with_a_code_is_said_in_a_sentence(typed: str, says: str) -> None:
    with pytest.raises(TrustError, match=says):
        read_invite(typed)


@given(st.text(max_size=200))
def test_any_text_is_an_invite_or_a_trust_error(typed: str) -> None:
    for text in (typed, "MESHBOARD:1:" + typed):
        with suppress(TrustError):
            read_invite(text)


def test_the_qr_code_fits_24_rows_of_half_blocks() -> None:
    longest = make_circle("N" * 24, bytes(32), RadioPlan("EU_868", "SHORT_FAST", 300), "elm-channel")

    for circle in (CIRCLE, longest):
        qr = segno.make(invite_qr_text(circle), error="l", micro=False)
        assert qr.mode == "alphanumeric"
        assert qr.symbol_size(border=4)[0] <= 48


def test_a_typed_code_is_sixteen_groups_for_a_name_of_ten_letters() -> None:
    assert len(CODE.split("-")) == 16


def test_only_the_first_epoch_can_be_invited_to() -> None:
    later = Circle(CIRCLE.id, "Elm", 1, bytes(32), CIRCLE.channel_psk, CIRCLE.channel_name, CIRCLE.plan)

    with pytest.raises(RuleError, match="first key"):
        invite_code(later)
