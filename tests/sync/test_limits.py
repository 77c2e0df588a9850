from meshboard.figures import OfOne
from meshboard.sync.air.answer_limits import AnswerLimit


def test_one_station_and_all_together_are_answered_only_so_often() -> None:
    limit = AnswerLimit(OfOne(8, of_all=32), 60.0)

    of_one = sum(limit.allows(b"one.", 0.0) for _ in range(100))
    of_all = of_one + sum(limit.allows(number.to_bytes(4, "big"), 0.0) for number in range(100))

    assert (of_one, of_all) == (8, 32)
    assert limit.allows(b"one.", 60.0)
