"""What is held, by numbers alone: at the end of entries and of beacons."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshboard.errors import WireError
from meshboard.wire.cursor import Reader
from meshboard.wire.frames import MAX_RANGES, FrameType, Told
from meshboard.wire.framing import pull_frame
from meshboard.wire.holdings import pull_told, push_told, push_told_log


@st.composite
def ranges(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    steps = draw(st.lists(st.tuples(st.integers(2, 300), st.integers(0, 300)), max_size=MAX_RANGES))
    made, last = [], draw(st.sampled_from([-1, 0, 40]))
    for gap, more in steps:
        made.append((last + gap, last + gap + more))
        last = made[-1][1]
    return tuple(made)


some = ranges().filter(bool)
waits = st.sampled_from([(), (0,), (1,), (0, 1)]).flatmap(
    lambda places: st.tuples(*(st.tuples(st.just(place), some) for place in places))
)


@given(
    st.builds(
        Told, st.binary(min_size=2, max_size=2), st.integers(0, 9999), st.tuples(ranges(), ranges()), waits
    )
)
def test_what_is_told_is_read_as_it_was_meant(told: Told) -> None:
    assert told == pull_told(Reader(push_told(told)))


def test_a_log_without_gaps_takes_a_byte_or_two() -> None:
    assert [len(push_told_log(((1, last),))) for last in (1, 63, 64, 8191, 8192)] == [1, 1, 2, 2, 3]


@pytest.mark.parametrize("logs", [1, 2, 3, 47, 48, 49, 511, 512, 513, 514, 1024, 1025])
def test_logs_that_are_not_told_are_passed_over_in_few_bytes(logs: int) -> None:
    told = Told(b"ab", 3, (((1, 9),), *[()] * logs, ((2, 5), (7, 7))))
    pushed = push_told(told)

    assert pull_told(Reader(pushed)) == told
    assert len(pushed) <= len(push_told(Told(b"ab", 3, (told.ranges[0], told.ranges[-1])))) + 2 * (
        logs // 512 + 1
    )


def test_a_log_in_too_many_pieces_is_told_as_nothing() -> None:
    many = tuple((number, number) for number in range(1, 2 * MAX_RANGES + 3, 2))
    told = Told(b"ab", 0, (many,))

    assert pull_told(Reader(push_told(told))).ranges == ((),)


@pytest.mark.parametrize(
    "told",
    [
        b"ab",  # no place
        b"ab\x00",  # no log
        b"ab\x00\x00",  # a log that holds nothing
        b"ab\x00\x03\x00\x05",  # without gaps, in the longer form
        b"ab\x00\xa1\x08\x02",  # too many logs passed over
        b"ab\x00\x23\x01\x02",  # three logs passed over in two steps
        b"ab\x00\x01\x01\x02",  # two logs passed over in two steps
        b"ab\x00\x05\x01\x00\x00\x00",  # two ranges that touch
        b"ab\x00\x02\x00",  # nothing waits
        b"ab\x00\x02\x00\x00\x00",  # of a log nothing waits
        b"ab\x00\x02\x00\x01\x01\x04\x00",  # it waits of a log that is not told
        b"ab\x00\x02\x00\x00\x11" + b"\x01\x00" * 17,  # it waits in too many ranges
    ],
)
def test_what_is_told_otherwise_is_refused(told: bytes) -> None:
    with pytest.raises(WireError):
        pull_told(Reader(told))


def test_entries_that_only_tell_are_refused() -> None:
    with pytest.raises(WireError):
        pull_frame(FrameType.ENTRIES, b"\x00ab\x00\x02")
