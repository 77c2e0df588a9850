import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshboard import link
from meshboard.domain.entries import LogId, SignedEntry, Stamp, StationIntroduced
from meshboard.domain.people import Actor
from meshboard.errors import TrustError, WireError
from meshboard.trust.circle import make_circle
from meshboard.trust.seal import FrameSeal
from meshboard.wire.cursor import UnknownVersion
from meshboard.wire.entries import Draft, sign_entry
from meshboard.wire.frames import (
    MAX_FRAME_BYTES,
    MAX_PIECES,
    MAX_RANGES,
    Ask,
    Beacon,
    Entries,
    Frame,
    FrameType,
    LogLine,
    Place,
    Request,
    Speaker,
    Summary,
    UnknownFrameType,
)
from meshboard.wire.framing import entry_wire_bytes, item_of, open_frame, pull_frame, push_frame, seal_frame
from meshboard.wire.packer import EntriesPacker, FrameFull
from tests.wire.strategies import CIRCLE, KEY

SEAL = FrameSeal(CIRCLE)

heads = st.binary(min_size=4, max_size=4)
short_digests = st.binary(min_size=3, max_size=3)
speakers = st.builds(Speaker, heads, st.integers(0, 2**32 - 1))
places = st.builds(Place, heads, st.integers(0, 255))


@st.composite
def ranges(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    steps = draw(
        st.lists(st.tuples(st.integers(1, 300), st.integers(0, 300)), min_size=1, max_size=MAX_RANGES)
    )
    drawn, at = [], draw(st.integers(0, 1)) - 1
    for gap, more in steps:
        first = at + 1 + gap
        drawn.append((first, first + more))
        at = first + more
    return tuple(drawn)


lines = st.builds(LogLine, places, ranges(), short_digests | st.just(b""))


@st.composite
def summaries(draw: st.DrawFn) -> Summary:
    told = sorted(draw(st.lists(lines, max_size=8)), key=lambda line: line.place)
    has_span = bool(told) and draw(st.sampled_from([True, False]))
    span = (told[0].place, told[-1].place) if has_span else None
    return Summary(draw(speakers), span, tuple(told))


asks = st.builds(
    Ask,
    places,
    st.integers(1, 10**6),
    st.lists(st.tuples(st.integers(1, 10**6), short_digests), min_size=1, max_size=MAX_PIECES).map(tuple),
)
frames: st.SearchStrategy[Frame] = st.one_of(
    st.builds(Beacon, speakers, st.binary(min_size=4, max_size=4)),
    summaries(),
    st.builds(Request, speakers, st.lists(asks, min_size=1, max_size=3).map(tuple)),
)


@given(frames)
def test_every_frame_comes_back_as_it_was(frame: Frame) -> None:
    frame_type = {Beacon: 2, Summary: 3, Request: 4}[type(frame)]

    assert frame == pull_frame(FrameType(frame_type), push_frame(frame))


@given(st.sampled_from(FrameType), st.binary(min_size=1, max_size=214))
def test_any_plaintext_is_a_frame_or_a_wire_error(frame_type: FrameType, plaintext: bytes) -> None:
    try:
        frame = pull_frame(frame_type, plaintext)
    except WireError:
        return
    assert plaintext == push_frame(frame)


@given(st.binary(max_size=240))
def test_bytes_that_were_not_sealed_by_the_circle_do_not_open(received: bytes) -> None:
    with pytest.raises((WireError, TrustError)):
        open_frame(received, SEAL)


def test_a_frame_of_another_circle_or_type_does_not_open() -> None:
    beacon = Beacon(Speaker(b"head", 7), b"same")
    sealed = seal_frame(beacon, SEAL)
    stranger = FrameSeal(make_circle("Oak Street", bytes(32)))

    assert beacon == open_frame(sealed, SEAL)
    with pytest.raises(TrustError):
        open_frame(sealed, stranger)
    with pytest.raises(TrustError):
        open_frame(bytes([sealed[0] ^ 0b0000_0100]) + sealed[1:], SEAL)


def test_later_versions_and_types_say_so() -> None:
    sealed = seal_frame(Beacon(Speaker(b"head", 7), b"same"), SEAL)

    with pytest.raises(UnknownVersion):
        open_frame(bytes([sealed[0] ^ 0b0110_0000]) + sealed[1:], SEAL)
    with pytest.raises(UnknownFrameType):
        open_frame(bytes([0b001_111_00]) + sealed[1:], SEAL)


def test_equal_words_make_equal_frames() -> None:
    beacon = Beacon(Speaker(b"head", 7), b"same")

    assert seal_frame(beacon, SEAL) == seal_frame(beacon, FrameSeal(CIRCLE))


def test_the_first_entry_of_a_log_brings_its_authors_key() -> None:
    first, second = (_introduction(number) for number in (1, 2))

    said = Entries((item_of(first), item_of(second)))
    heard = pull_frame(FrameType.ENTRIES, push_frame(said))

    assert said == heard
    assert [KEY.author, None] == [item.author for item in said.items]
    assert entry_wire_bytes(first) == entry_wire_bytes(second) + 28


def test_a_full_frame_says_so_and_stays_as_it_was() -> None:
    packer = EntriesPacker()
    packer.add(_introduction(1))

    with pytest.raises(FrameFull):
        packer.add(_introduction(2))
    assert len(packer.entries) == 1
    assert len(seal_frame(packer.frame(), SEAL)) <= 231


def _introduction(number: int) -> SignedEntry:
    return sign_entry(
        Draft(
            CIRCLE.id,
            LogId(KEY.author),
            number,
            Stamp(number, None),
            Actor.member(KEY.author),
            StationIntroduced("the hall kiosk"),
            b"saltsalt",
        ),
        KEY,
    )


def test_the_frame_limit_is_the_links() -> None:
    assert link.MAX_FRAME_BYTES == MAX_FRAME_BYTES
