"""How much of others' asking is acted on, whoever asks in whose name."""

from collections import deque


class AnswerLimit:
    """Bounds how much of one station's asking, and of everybody's, is acted on."""

    def __init__(self, window_s: float, per_station: int = 8, in_all: int = 32) -> None:
        self._window_s = window_s
        self._per_station = per_station
        self._in_all = in_all
        self._answered: deque[tuple[float, bytes]] = deque()

    def allows(self, head: bytes, now_s: float) -> bool:
        """Say whether to act on this station's words, and if so count them."""
        while self._answered and self._answered[0][0] <= now_s - self._window_s:
            self._answered.popleft()
        of_station = sum(1 for _, speaker in self._answered if speaker == head)
        if of_station >= self._per_station or len(self._answered) >= self._in_all:
            return False
        self._answered.append((now_s, head))
        return True
