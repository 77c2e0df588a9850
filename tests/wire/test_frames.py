from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshboard import link
from meshboard.domain.circle_facts import StationIntroduced
from meshboard.domain.entries import LogId, SignedEntry, Stamp
from meshboard.domain.ids import EpochId
from meshboard.domain.people import Actor
from meshboard.errors import TrustError, WireError
from meshboard.trust.circle import make_circle
from meshboard.trust.key_ring import EpochKey, KeyRing
from meshboard.trust.seal import DoorSeal, FrameSeal
from meshboard.wire.cursor import UnknownVersion
from meshboard.wire.entry_bytes import Draft, sign_entry
from meshboard.wire.frames import (
    MAX_FRAME_BYTES,
    MAX_PIECES,
    MAX_RANGES,
    Ask,
    Beacon,
    Entries,
    Frame,
    FrameType,
    Hello,
    Item,
    Keys,
    LogLine,
    Place,
    Reminder,
    Request,
    Speaker,
    StretchItem,
    Summary,
    UnknownEpoch,
    UnknownFrameType,
)
from meshboard.wire.framing import Opened, open_frame, pull_frame, push_frame, seal_frame
from meshboard.wire.items import entry_wire_bytes, item_of
from meshboard.wire.packer import EntriesPacker, FrameFull
from tests.support.entries.drawn import CIRCLE, KEY, SEAL, epoch_ids

RING, DOOR = KeyRing.of(CIRCLE), DoorSeal(CIRCLE)

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
wraps = st.tuples(heads, st.binary(min_size=40, max_size=40))
frames: st.SearchStrategy[Frame] = st.one_of(
    st.builds(Beacon, speakers, st.binary(min_size=4, max_size=4)),
    summaries(),
    st.builds(Request, speakers, st.lists(asks, min_size=1, max_size=3).map(tuple)),
    st.builds(Reminder, speakers),
    st.builds(Hello, speakers, epoch_ids),
    st.builds(
        Keys, heads, epoch_ids, st.integers(0, 2**32 - 1), st.lists(wraps, min_size=1, max_size=4).map(tuple)
    ),
)


@given(frames)
def test_every_frame_comes_back_as_it_was(frame: Frame) -> None:
    frame_type = {Beacon: 2, Summary: 3, Request: 4, Reminder: 4, Hello: 6, Keys: 7}[type(frame)]

    assert frame == pull_frame(FrameType(frame_type), push_frame(frame))


@st.composite
def stretches(draw: st.DrawFn) -> StretchItem:
    first, numbers = draw(st.integers(2, 2**31)), draw(st.integers(1, 2**31 - 1))
    count = numbers + draw(st.integers(0, numbers))
    digest = draw(st.binary(min_size=32, max_size=32))
    return StretchItem(draw(heads), draw(st.integers(0, 255)), first, first + numbers - 1, count, digest)


@given(st.lists(stretches(), min_size=1, max_size=4))
def test_stretches_come_back_as_they_were(items: list[StretchItem]) -> None:
    entries = Entries(tuple(items))

    assert entries == pull_frame(FrameType.ENTRIES, push_frame(entries))


def test_a_stretch_takes_little_more_than_its_hash() -> None:
    assert len(push_frame(Entries((StretchItem(b"head", 0, 3, 375, 373, bytes(32)),)))) == 40


@given(st.binary(max_size=60), st.sampled_from([0xC4, 0xD4, 0xE4, 0xF4]))
def test_any_bytes_are_one_stretch_or_a_wire_error(inside: bytes, form: int) -> None:
    with suppress(WireError):
        plaintext = bytes([form]) + inside
        assert plaintext == push_frame(pull_frame(FrameType.ENTRIES, plaintext))


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
        open_frame(received, RING, DOOR)


def test_a_frame_of_another_circle_or_type_does_not_open() -> None:
    beacon = Beacon(Speaker(b"head", 7), b"same")
    sealed = seal_frame(beacon, SEAL)
    elsewhere = make_circle("Oak Street", bytes(32), KEY.author)

    assert Opened(beacon, RING.current) == open_frame(sealed, RING, DOOR)
    with pytest.raises(TrustError):
        open_frame(sealed, KeyRing.of(elsewhere), DOOR)
    with pytest.raises(TrustError):
        open_frame(bytes([sealed[0] ^ 0b0000_0100]) + sealed[1:], RING, DOOR)


def test_what_is_said_at_the_door_opens_in_every_epoch_and_is_of_none() -> None:
    hello = Hello(Speaker(b"head", 7), EpochId(bytes(CIRCLE.id)))
    keys = Keys(b"head", EpochId(b"epoch 01"), 1, ((b"toyo", bytes(40)),))

    for frame in (hello, keys):
        sealed = seal_frame(frame, DOOR)
        assert Opened(frame, None) == open_frame(sealed, KeyRing(CIRCLE.id, (), None), DOOR)
        with pytest.raises(WireError, match="said to be of an epoch"):
            open_frame(bytes([sealed[0] & 0xFC]) + sealed[1:], RING, DOOR)


def test_no_frame_is_sealed_with_a_key_that_is_not_for_it() -> None:
    with pytest.raises(WireError, match="not for it"):
        seal_frame(Hello(Speaker(b"head", 7), EpochId(bytes(8))), SEAL)
    with pytest.raises(WireError, match="not for it"):
        seal_frame(Beacon(Speaker(b"head", 7), b"same"), DOOR)


def test_a_frame_opens_with_whichever_key_sealed_it() -> None:
    beacon = Beacon(Speaker(b"head", 7), b"same")
    keys = [
        EpochKey(EpochId(bytes([place]) * 8), 1 + place // 2 * 4, bytes([place]) * 32) for place in range(4)
    ]
    ring = KeyRing(CIRCLE.id, tuple(keys), None)

    for key in keys:
        assert open_frame(seal_frame(beacon, ring.seal_of(key)), ring, DOOR) == Opened(beacon, key)


def test_a_frame_of_an_epoch_without_a_key_is_told_from_one_that_no_key_opens() -> None:
    later = FrameSeal(CIRCLE.id, 1, bytes(32))
    same_low_bits = FrameSeal(CIRCLE.id, 4, bytes(32))
    beacon = Beacon(Speaker(b"head", 7), b"same")

    with pytest.raises(UnknownEpoch):
        open_frame(seal_frame(beacon, later), RING, DOOR)
    with pytest.raises(TrustError):
        open_frame(seal_frame(beacon, same_low_bits), RING, DOOR)


def test_four_keys_fill_a_frame() -> None:
    longest = Keys(b"head", EpochId(bytes(8)), 2**32 - 1, tuple((b"toyo", bytes(40)) for _ in range(4)))

    assert len(seal_frame(longest, DOOR)) == 210
    assert len(seal_frame(longest, DOOR)) + 44 > MAX_FRAME_BYTES


def test_later_versions_and_types_say_so() -> None:
    sealed = seal_frame(Beacon(Speaker(b"head", 7), b"same"), SEAL)

    with pytest.raises(UnknownVersion):
        open_frame(bytes([sealed[0] ^ 0b0110_0000]) + sealed[1:], RING, DOOR)
    with pytest.raises(UnknownFrameType):
        open_frame(bytes([0b001_000_00]) + sealed[1:], RING, DOOR)


def test_equal_words_make_equal_frames() -> None:
    beacon = Beacon(Speaker(b"head", 7), b"same")

    assert seal_frame(beacon, SEAL) == seal_frame(
        beacon, FrameSeal(CIRCLE.id, CIRCLE.epoch, CIRCLE.epoch_key)
    )


def test_the_first_entry_of_a_log_brings_its_authors_key() -> None:
    first, second = (_introduction(number) for number in (1, 2))

    said = Entries((item_of(first), item_of(second)))
    heard = pull_frame(FrameType.ENTRIES, push_frame(said))

    assert said == heard
    assert [KEY.author, None] == [item.author for item in said.items if isinstance(item, Item)]
    assert entry_wire_bytes(first) == entry_wire_bytes(second) + 28


def test_a_full_frame_says_so_and_stays_as_it_was() -> None:
    packer = EntriesPacker()
    packer.add(_introduction(1))

    with pytest.raises(FrameFull):
        packer.add(_introduction(2))
    assert len(packer.entries) == 1
    assert len(seal_frame(packer.frame(), SEAL)) <= 231


def test_a_frame_with_whole_keys_has_no_room_for_a_stretch() -> None:
    packer = EntriesPacker(is_keyed=True)

    with pytest.raises(FrameFull):
        packer.add_stretch(StretchItem(bytes(4), 0, 2, 5, 4, bytes(32)))
    with pytest.raises(WireError):
        push_frame(Entries((StretchItem(bytes(4), 0, 2, 5, 4, bytes(32)),), is_keyed=True))


def _introduction(number: int) -> SignedEntry:
    return sign_entry(
        Draft(
            CIRCLE.id,
            LogId(KEY.author),
            number,
            Stamp(number, None),
            Actor.member(KEY.author),
            StationIntroduced("Xq7 Ükğ 0b9z", b"k" * 32),
            b"saltsalt",
        ),
        KEY,
    )


def test_the_frame_limit_is_the_links() -> None:
    assert link.MAX_FRAME_BYTES == MAX_FRAME_BYTES
