from meshboard.figures import TRIES_BEFORE_GROWTH
from meshboard.sync.air.said import SaidMemory
from meshboard.sync.timing import Waits
from meshboard.sync.words.trickle import Disagreements


def test_the_same_thing_may_be_said_again_ever_more_rarely() -> None:
    said: SaidMemory[str] = SaidMemory(Waits(10.0, 100.0), capacity=4)
    waits = []
    now_s = 0.0
    for _ in range(20):
        said.note("entry", now_s, by_us=True)
        waits.append(said.allowed_at("entry") - now_s)
        now_s = said.allowed_at("entry")

    assert waits[:TRIES_BEFORE_GROWTH] == [10.0] * TRIES_BEFORE_GROWTH
    assert waits == sorted(waits)
    assert waits[-1] == 100.0


def test_what_others_say_holds_us_back_once_and_does_not_make_us_rarer() -> None:
    said: SaidMemory[str] = SaidMemory(Waits(10.0, 100.0), capacity=4)
    for second in range(20):
        said.note("entry", float(second), by_us=False)

    assert said.allowed_at("entry") == 29.0
    assert said.allowed_at("another") == float("-inf")


def test_the_memory_of_what_was_said_is_bounded() -> None:
    said: SaidMemory[int] = SaidMemory(Waits(10.0, 100.0), capacity=4)
    for key in range(5):
        said.note(key, 0.0, by_us=True)

    assert said.allowed_at(0) == float("-inf")
    assert said.allowed_at(4) == 10.0


def test_stations_that_cannot_agree_fall_silent() -> None:
    disagreements = Disagreements()

    acted = [disagreements.is_worth_acting(b"ours", b"theirs") for _ in range(200)]

    assert all(acted[:16])
    assert [16 + place + 1 for place, act in enumerate(acted[16:]) if act] == [32, 64, 128]
    assert disagreements.is_worth_acting(b"ours", b"another")
