from contextlib import suppress

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.circle_facts import StationJoined
from meshboard.domain.entries import Entry, LogId, SignedEntry, Stamp, Unknown
from meshboard.domain.ids import CODE_ALPHABET, CircleId, EntryId, EpochId
from meshboard.domain.people import Actor
from meshboard.errors import TrustError
from meshboard.trust.base32 import in_groups, to_letters
from meshboard.trust.circle import (
    PRESET_NAMES,
    REGIONS,
    Circle,
    RadioPlan,
    enter_circle,
    make_circle,
)
from meshboard.trust.identity import AuthorKey
from meshboard.trust.invite import (
    CarriedEntry,
    Invite,
    invite_code,
    invite_file,
    invite_id_of,
    invite_qr_text,
    is_proven,
    make_invite,
    prove,
    read_invite,
)

FOUNDER = AuthorKey(bytes(range(1, 33))).author
CIRCLE = make_circle("Elm Street", bytes(range(32)), FOUNDER)
INVITE = make_invite(CIRCLE, bytes(range(16)))
CODE = invite_code(INVITE)
CODE_OF_0_1 = (
    "400G0V-2G0045-10610V-50R3GJ-G28A1B-C60T39-GF208A-H44RMZ-2MB1EF-60S38K-DHR78H-Y3X2PQ-RV90AH-DT74S9-"
    "B5EJHM-N6000Y"
)
JOINER = AuthorKey(bytes(range(2, 34))).author

plans = st.builds(RadioPlan, st.sampled_from(REGIONS), st.sampled_from(PRESET_NAMES), st.integers(0, 0xFFFF))
names = st.text(st.characters(whitelist_categories=("L", "N")), min_size=1, max_size=6)
keys = st.binary(min_size=32, max_size=32)
eights = st.binary(min_size=8, max_size=8)
hours = st.integers(0, 2**24 - 1).map(lambda hour: 1_704_067_200 + 3600 * hour)


@st.composite
def circles(draw: st.DrawFn) -> Circle:
    channel = draw(st.just("") | st.text("abcXYZ09", min_size=1, max_size=11))
    circle = make_circle(draw(names), draw(keys), FOUNDER, draw(plans), channel)
    if draw(st.booleans()):
        return circle
    epoch_id = EpochId(EntryId(draw(eights)))
    return enter_circle(circle, draw(st.integers(1, 2**32 - 1)), epoch_id, draw(keys))


invites = st.builds(make_invite, circles(), st.binary(min_size=16, max_size=16), st.none() | hours)


def entry_of(packed: bytes) -> SignedEntry:
    """Return an entry as a file carries it: the invite looks at nothing but its bytes and author."""
    entry = Entry(
        id=EntryId(bytes(8)),
        digest=bytes(32),
        circle=CIRCLE.id,
        log=LogId(FOUNDER),
        number=7,
        stamp=Stamp(9, None),
        actor=Actor.member(FOUNDER),
        fact=Unknown(12, packed),
    )
    return SignedEntry(entry, packed, bytes(range(64)))


@given(invites)
def test_an_invite_brings_the_whole_circle_and_its_secret(invite: Invite) -> None:
    assert invite == read_invite(invite_code(invite))
    assert invite == read_invite(invite_qr_text(invite))


@given(invites, st.binary(max_size=255))
def test_a_file_brings_the_inviters_entry_too(invite: Invite, packed: bytes) -> None:
    read = read_invite(invite_file(invite, entry_of(packed)))

    assert read.made_by == CarriedEntry(FOUNDER, packed, bytes(range(64)))
    assert (read.circle, read.secret, read.expires_at) == (invite.circle, invite.secret, invite.expires_at)


@pytest.mark.parametrize(
    "typed",
    [
        CODE.lower(),
        CODE.replace("-", " "),
        CODE.replace("-", ""),
        CODE.replace("0", "o").replace("1", "l"),
        f"  {CODE}\n",
        CODE.replace("-", "–"),
        invite_qr_text(INVITE).lower(),
        CODE[:30].replace("-", "") + CODE[30:],
    ],
)
def test_case_spaces_dashes_and_lookalikes_do_not_matter(typed: str) -> None:
    assert read_invite(typed) == INVITE


def test_a_file_survives_other_line_ends_and_a_byte_order_mark() -> None:
    file = invite_file(INVITE, entry_of(b"packed"))

    assert read_invite("\ufeff" + file.replace("\n", "\r\n")) == read_invite(file)


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
        ("MESHBOARD:3:000000", "newer meshboard"),
        ("MESHBOARD:FILE:3:000000", "newer meshboard"),
        ("MESHBOARD:2:" + to_letters(bytes([0x60]) + bytes(80)), "newer meshboard"),
        ("MESHBOARD:2:" + to_letters(bytes([0x41]) + bytes(80)), "newer meshboard"),
        (in_groups(bytes(80)), "not an invite"),
        ("meshboard:hello", "not a meshboard invite"),
        ("MESHBOARD:FILE:1:000000", "older meshboard"),
        ("MESHBOARD:2:800G02G004106", "too short"),
        (invite_qr_text(INVITE)[:-8] + "00000000", "wrong somewhere"),
        (invite_qr_text(INVITE) + "ZZZZZZZZ", "after the end"),
        (invite_qr_text(INVITE).replace(":2:", ":1:"), "older meshboard"),
        (invite_file(INVITE, entry_of(b"packed"))[:-30], "too short"),
        (invite_qr_text(INVITE).replace(":2:", ":FILE:2:"), "too short"),
        ("A" * 5000, "too long"),
        ("MESHBOARD:2:" + "A" * 5000, "signs in it"),
    ],
)
def test_what_is_wrong_with_a_code_is_said_in_a_sentence(typed: str, says: str) -> None:
    with pytest.raises(TrustError, match=says):
        read_invite(typed)


@given(st.text(max_size=200))
def test_any_text_is_an_invite_or_a_trust_error(typed: str) -> None:
    for text in (typed, "MESHBOARD:1:" + typed, "MESHBOARD:2:" + typed, "MESHBOARD:FILE:2:" + typed):
        with suppress(TrustError):
            read_invite(text)


@given(st.binary(max_size=200), st.sampled_from([0x20, 0x3C, 0x40, 0x5E]))
def test_any_bytes_in_a_right_form_are_an_invite_or_a_trust_error(content: bytes, first: int) -> None:
    letters = to_letters(bytes([first]) + content)
    for text in ("MESHBOARD:1:" + letters, "MESHBOARD:2:" + letters, "MESHBOARD:FILE:2:" + letters):
        with suppress(TrustError):
            read_invite(text)


@given(invites, st.data())
def test_an_altered_invite_is_refused(invite: Invite, data: st.DataObject) -> None:
    """But for one in 65536, which the checksum lets through."""
    text = invite_qr_text(invite)
    place = data.draw(st.integers(len("MESHBOARD:2:"), len(text) - 2))
    letter = data.draw(st.sampled_from(CODE_ALPHABET))

    with suppress(TrustError):
        read = read_invite(text[:place] + letter + text[place + 1 :])
        assert letter == text[place] or read != invite


def test_the_qr_code_fits_a_terminal_of_24_rows() -> None:
    """Two modules of height a row, with two light ones around: version 6 has 41 modules and takes 23 rows."""
    late = enter_circle(CIRCLE, 3, EpochId(b"epoch 03"), bytes(32))

    for invite in (INVITE, make_invite(CIRCLE, bytes(16), 1_763_900_000), make_invite(late, bytes(16))):
        qr = segno.make(invite_qr_text(invite), error="l", micro=False, boost_error=False)
        assert qr.mode == "alphanumeric"
        assert int(qr.version) <= 6
        assert qr.symbol_size(border=2)[0] <= 48


def test_the_longest_invite_fits_version_7() -> None:
    plan = RadioPlan("EU_868", "SHORT_FAST", 300)
    longest = make_circle("N" * 24, bytes(32), FOUNDER, plan, "elm-channel")
    late = enter_circle(longest, 2**32 - 1, EpochId(b"epoch 03"), bytes(32))
    text = invite_qr_text(make_invite(late, bytes(16), 1_763_900_000))

    qr = segno.make(text, error="l", micro=False, boost_error=False)
    assert (qr.version, qr.mode, len(text)) == (7, "alphanumeric", 222)


def test_a_typed_code_is_24_groups_for_a_name_of_ten_letters() -> None:
    assert len(CODE.split("-")) == 24


def test_an_invite_of_version_1_is_none() -> None:
    with pytest.raises(TrustError, match="not an invite"):
        read_invite(CODE_OF_0_1)


def test_a_secret_is_of_one_length() -> None:
    with pytest.raises(TrustError, match="secret"):
        make_invite(CIRCLE, bytes(15))


def test_an_expiry_is_read_at_most_an_hour_late_and_never_early() -> None:
    for expires_at in (1_763_900_000, 1_704_067_200, 1_704_067_201):
        read = read_invite(invite_code(make_invite(CIRCLE, bytes(16), expires_at))).expires_at

        assert read is not None
        assert expires_at <= read < expires_at + 3600


def test_a_proof_holds_for_one_author_in_one_circle() -> None:
    joined = prove(INVITE, JOINER)

    assert is_proven(joined, CIRCLE.id, JOINER)
    assert joined.invite == invite_id_of(INVITE)
    assert not is_proven(joined, CIRCLE.id, FOUNDER)
    assert not is_proven(joined, CircleId(b"anothers"), JOINER)
    other = prove(make_invite(CIRCLE, bytes(16)), JOINER)
    assert not is_proven(StationJoined(joined.invite_key, other.proof), CIRCLE.id, JOINER)


@given(st.binary(max_size=40), st.binary(max_size=70))
def test_any_bytes_may_be_asked_whether_they_are_a_proof(invite_key: bytes, proof: bytes) -> None:
    assert not is_proven(StationJoined(invite_key, proof), CIRCLE.id, JOINER)


def test_an_invite_shows_no_secret_when_printed() -> None:
    for secret in (INVITE.secret, CIRCLE.epoch_key):
        assert secret.hex() not in repr(INVITE)
        assert repr(secret) not in repr(INVITE)
