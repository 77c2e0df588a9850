from hypothesis import given
from hypothesis import strategies as st

from meshboard.wire.interval import ReadingInterval, WritingInterval

parts = st.tuples(st.integers(1, 1 << 16), st.integers(0, 1 << 16), st.integers(1, 1 << 16))


@given(st.lists(parts, max_size=80))
def test_who_reads_takes_the_steps_of_who_wrote(drawn: list[tuple[int, int, int]]) -> None:
    steps = [(total, start % total, min(size, total - start % total)) for total, start, size in drawn]
    writing = WritingInterval()
    claims = [writing.claim()]
    for total, start, size in steps:
        writing.take(start, size, total)
        claims.append(writing.claim())
    length, value = claims[-1]

    reading = ReadingInterval(value.to_bytes(length))
    assert claims[0] == reading.claim()
    for (total, start, size), claim in zip(steps, claims[1:], strict=True):
        assert start <= reading.point(total, 0) < start + size
        reading.take(start, size, total)
        assert claim == reading.claim()


@given(st.lists(st.tuples(st.integers(1, 65535), st.booleans()), max_size=200))
def test_decisions_come_back(decisions: list[tuple[int, bool]]) -> None:
    writing = WritingInterval()
    for chance, known in decisions:
        assert writing.decide(chance, known) == known
    length, value = writing.claim()

    reading = ReadingInterval(value.to_bytes(length))
    assert [known for _, known in decisions] == [reading.decide(chance, False) for chance, _ in decisions]


@given(st.lists(parts, max_size=80))
def test_no_two_ends_of_one_way_have_the_same_bytes(drawn: list[tuple[int, int, int]]) -> None:
    writing = WritingInterval()
    claims = [writing.claim()]
    for total, start, size in drawn:
        writing.take(start % total, min(size, total - start % total), total)
        claims.append(writing.claim())

    assert len(set(claims)) == len(claims)
    assert sorted(claims) == claims
