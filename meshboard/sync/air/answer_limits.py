"""How much of others' asking is acted on, whoever asks in whose name, and how much is said in any hour."""

from collections import deque

from meshboard.figures import HOUR_S, OfOne


class AnswerLimit:
    """Bounds how much of one station's asking, and of everybody's, is acted on."""

    def __init__(self, most: OfOne, window_s: float = HOUR_S) -> None:
        self._most = most
        self._window_s = window_s
        self._answered: deque[tuple[float, bytes]] = deque()

    def allows(self, head: bytes, now_s: float) -> bool:
        """Say whether to act on this station's words, and if so count them."""
        while self._answered and self._answered[0][0] <= now_s - self._window_s:
            self._answered.popleft()
        of_station = sum(1 for _, speaker in self._answered if speaker == head)
        if of_station >= self._most.of_one or len(self._answered) >= self._most.of_all:
            return False
        self._answered.append((now_s, head))
        return True


class HourlyLimit:
    """Bounds how many frames of a sort are said in any hour, whatever is heard."""

    def __init__(self, most: int) -> None:
        self._said: deque[float] = deque(maxlen=most)

    def note_said(self, now_s: float) -> None:
        """Note that one goes out."""
        self._said.append(now_s)

    def allowed_at(self) -> float:
        """Return when the next one may, minus infinity where fewer were said."""
        return self._said[0] + HOUR_S if len(self._said) == self._said.maxlen else float("-inf")

    def last_s(self) -> float:
        """Return when the last one was said, minus infinity where none was."""
        return self._said[-1] if self._said else float("-inf")
