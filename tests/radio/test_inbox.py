"""However much is heard takes its share of the loop's time, and what matters does not wait for the rest."""

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from meshboard.figures import KEPT_BY_A_NODE, LONGEST_REST_S, SAVED_S, TEXTS_SHARE
from meshboard.link import FrameHeard, NodeNumber, TextHeard
from meshboard.radio.inbox import Inbox
from meshboard.radio.packets import Heard

JUNK_S = 0.000_05  # what a Raspberry Pi takes for a frame that no key opens
TEXT_S = 0.02  # and for a text: a transaction


class VirtualLoop(asyncio.AbstractEventLoop):
    """A loop whose time passes only by what its callbacks say they took, and by waiting for the next."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._order = count()
        self._agenda: list[tuple[float, int, Callable[..., Any], tuple[Any, ...]]] = []

    def is_closed(self) -> bool:
        return False

    def call_at(self, when: float, callback: Callable[..., Any], *args: Any, **_: Any) -> Any:  # type: ignore[override]
        heapq.heappush(self._agenda, (when, next(self._order), callback, args))

    def call_soon(self, callback: Callable[..., Any], *args: Any, **_: Any) -> Any:  # type: ignore[override]
        self.call_at(self.now_s, callback, *args)

    def call_soon_threadsafe(self, callback: Callable[..., Any], *args: Any, **_: Any) -> Any:  # type: ignore[override]
        self.call_soon(callback, *args)

    def call_later(self, delay: float, callback: Callable[..., Any], *args: Any, **_: Any) -> Any:  # type: ignore[override]
        self.call_at(self.now_s + delay, callback, *args)

    def run_through(self, until_s: float) -> None:
        """Let time pass until then."""
        while self._agenda and self._agenda[0][0] <= until_s:
            when, _, callback, args = heapq.heappop(self._agenda)
            self.now_s = max(self.now_s, when)
            callback(*args)
        self.now_s = max(self.now_s, until_s)


def frame(number: int) -> FrameHeard:
    return FrameHeard(b"frame %d" % number, NodeNumber(number + 1), 0, 5.0)


def text(number: int, *, direct: bool = True) -> TextHeard:
    return TextHeard(f"text {number}", NodeNumber(number + 1), "Bea", None, direct, number)


@dataclass
class Board:
    """Takes what an inbox hands over, and some time for it."""

    loop: VirtualLoop = field(default_factory=VirtualLoop)
    text_s: float = TEXT_S
    taken: list[tuple[float, Heard]] = field(default_factory=list)
    worked_s: float = 0.0

    def __post_init__(self) -> None:
        self.inbox = Inbox(self._take, lambda: self.loop.now_s)
        self.inbox.open(self.loop)

    def _take(self, heard: Heard) -> None:
        self.taken.append((self.loop.now_s, heard))
        took_s = self.text_s if isinstance(heard, TextHeard) else JUNK_S
        self.worked_s += took_s
        self.loop.now_s += took_s

    def flood(self, one: Callable[[int], Heard], seconds: float, hertz: int = 1000, first: int = 0) -> None:
        """Hear so many a second, from now on."""
        began = self.loop.now_s
        for number in range(int(seconds * hertz)):
            self.loop.call_at(began + number / hertz, self.inbox.put, one(first + number))

    def heard(self, since_s: float = 0.0) -> list[Heard]:
        return [heard for at, heard in self.taken if at >= since_s]

    def when(self, wanted: Heard) -> float:
        return next(at for at, heard in self.taken if heard == wanted)


def test_what_a_node_kept_for_us_is_all_taken_at_once_and_in_order() -> None:
    board = Board()
    kept: list[Heard] = [frame(number) for number in range(KEPT_BY_A_NODE)]
    texts: list[Heard] = [text(number) for number in range(KEPT_BY_A_NODE)]
    for heard in (*kept, *texts):
        board.inbox.put(heard)
    board.loop.run_through(3.0)

    assert kept == [one for one in board.heard() if isinstance(one, FrameHeard)]
    assert texts == [one for one in board.heard() if isinstance(one, TextHeard)]
    assert board.inbox.frames_left_out == 0


def test_the_oldest_goes_first_where_more_waits_than_is_kept() -> None:
    board = Board()
    for number in range(1000):
        board.inbox.put(frame(number))
    board.loop.run_through(3.0)

    newest: list[Heard] = [frame(number) for number in range(1000 - 4 * KEPT_BY_A_NODE, 1000)]
    assert newest == board.heard()
    assert board.inbox.frames_left_out == 1000 - len(newest)


def test_a_thousand_frames_of_junk_a_second_are_all_looked_at() -> None:
    board = Board()
    board.flood(frame, 30.0)
    board.loop.run_through(31.0)

    assert board.inbox.frames_left_out == 0
    assert len(board.taken) == 30_000


def test_texts_without_end_take_no_more_than_their_share() -> None:
    board = Board()
    board.flood(text, 60.0)
    board.loop.run_through(60.0)

    assert board.worked_s <= 60.0 * TEXTS_SHARE + SAVED_S + TEXT_S


def test_even_where_each_takes_a_second_some_are_taken() -> None:
    board = Board(text_s=1.0)
    board.flood(text, 60.0, hertz=10)
    board.loop.run_through(60.0)

    assert len(board.taken) >= 60.0 / (1.0 + LONGEST_REST_S + 0.1)


def test_a_frame_is_taken_at_once_in_floods_of_texts_and_of_copies() -> None:
    board = Board()
    board.inbox.put(frame(0))
    board.flood(text, 20.0)
    board.flood(lambda _: frame(0), 20.0)
    board.loop.call_at(15.0, board.inbox.put, frame(1))
    board.loop.run_through(21.0)

    assert board.when(frame(1)) - 15.0 < 0.25


def test_frames_heard_again_wait_until_what_is_new_was_handed_over() -> None:
    board = Board()
    for _ in range(100):
        board.inbox.put(frame(0))
    board.inbox.put(frame(1))
    board.loop.run_through(3.0)

    copies: list[Heard] = [frame(0)] * KEPT_BY_A_NODE
    assert board.heard() == [frame(0), frame(1), *copies]
    assert board.inbox.frames_left_out == 99 - len(copies)


def test_who_writes_to_the_board_is_heard_in_whatever_others_write_to_each_other() -> None:
    board = Board()
    board.inbox.put(text(0))
    for number in range(1, 1000):
        board.inbox.put(text(number, direct=False))
    board.loop.run_through(3.0)

    assert text(0) in board.heard()


def test_right_after_a_flood_of_junk_what_comes_is_taken() -> None:
    board = Board()
    board.flood(frame, 20.0, hertz=20_000)
    board.loop.run_through(20.0)
    board.inbox.put(frame(-1))
    board.inbox.put(text(-1))
    board.loop.run_through(22.0)

    assert board.when(frame(-1)) - 20.0 < 1.0
    assert board.when(text(-1)) - 20.0 < 1.0


def test_the_loop_is_woken_once_for_many() -> None:
    board = Board()
    board.flood(frame, 1.0)
    board.loop.run_through(2.0)

    assert len(_turns(board)) <= 1.0 / 0.02 + 2


def _turns(board: Board) -> list[float]:
    """Return when turns began: what is taken in one follows at once."""
    starts, last = [], float("-inf")
    for at, _ in board.taken:
        if at - last > 2 * JUNK_S:
            starts.append(at)
        last = at
    return starts


def test_an_inbox_that_was_closed_hands_over_nothing() -> None:
    board = Board()
    board.inbox.put(frame(0))
    board.inbox.close()
    board.loop.run_through(1.0)

    assert board.heard() == []
