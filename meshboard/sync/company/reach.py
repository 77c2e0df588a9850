"""Learn how far frames must travel: to the stations heard, and farther where they may have moved."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from meshboard import figures
from meshboard.bounded import BoundedMemory
from meshboard.sync.timing import Timings


@dataclass(slots=True)
class _Heard:
    """What is known of a station by its frames."""

    at: float
    """When the last one came."""
    near_at: float
    """When one last came over as few relays as any."""
    news_then: int
    """How many news had been said or heard by then."""
    recent: deque[int] = field(default_factory=lambda: deque(maxlen=figures.RECENT_FRAMES))
    """Over how many relays the last ones came."""


class Reach:
    """The hop limit that reaches every station heard lately; stations beyond pass things on themselves.

    It is the highest allowed while nobody was heard, for a station's first words where few were, and for
    every fourth later one, or more rarely where more take turns: so everybody is heard at times, and groups
    that lost each other meet. A relay that goes away makes the way longer, and who is beyond it is not heard
    to say so. Where that may be (`_is_unsure`) words that follow news go as far at times, and critical posts
    always.
    """

    def __init__(self, highest: int, timings: Timings) -> None:
        self._highest = highest
        self._forget_s = timings.neighbour_s
        self._rest_s = timings.rest_word_s
        self._words = 0
        self._loud_at = float("-inf")
        self._news_at: float | None = None
        self._before: tuple[int, float, float | None] = (0, float("-inf"), None)
        self._news_said = 0
        self._heard: BoundedMemory[bytes, _Heard] = BoundedMemory(figures.MAX_STATIONS)
        self._lacked_at: dict[int, float] = {}

    def note(self, head: bytes, hops: int | None, now_s: float) -> None:
        """Note over how many relays a frame came; None = the packet does not say."""
        if hops is None:
            return
        heard = self._heard.setdefault(head, _Heard(now_s, now_s, self._news_said))
        heard.recent.append(hops)
        self._note_heard(head, hops, now_s)

    def note_news(self, head: bytes, hops: int, now_s: float) -> None:
        """Note that news came from a station whose words were heard: it is there still.

        How far it is they tell only until enough words did: where every second frame comes by a relay, those
        that come without one are no reason to go without.
        """
        self._news_at = now_s
        self._news_said += 1
        if head not in self._heard:
            return
        if len(self._heard[head].recent) < figures.ENOUGH_WORDS:
            self._heard[head].recent.append(hops)
        self._note_heard(head, hops, now_s)

    def note_own_news(self, now_s: float) -> None:
        """Note that we said news: whether it reached everybody is not known."""
        self._news_at = now_s
        self._news_said += 1

    def note_lacking(self, head: bytes, hops: int, now_s: float) -> None:
        """Note that a station so many relays away lacks what is held here: it may be farther than we go."""
        heard = self._heard.get(head)
        if heard is not None and now_s - heard.near_at >= figures.FARTHER_AFTER_S:
            self._lacked_at[hops] = now_s

    def take_for_word(self, now_s: float) -> int:
        """Return the hop limit for what this station says of itself now."""
        self._before = self._words, self._loud_at, self._news_at
        self._words += 1
        if not self._is_loud(now_s):
            return self.hop_limit(now_s)
        self._loud_at, self._news_at = now_s, None
        return self._highest

    def take_word_back(self) -> None:
        """Note that our last word was not said: the next one goes as far."""
        self._words, self._loud_at, self._news_at = self._before

    def _note_heard(self, head: bytes, hops: int, now_s: float) -> None:
        heard = self._heard[head]
        heard.at, heard.news_then = now_s, self._news_said
        if hops <= min(heard.recent):
            heard.near_at = now_s
        self._heard.move_to_end(head)

    def _is_loud(self, now_s: float) -> bool:
        heard = len(self._nearest(now_s))
        is_new = self._words <= figures.LOUD_WORDS and heard < figures.MANY_HEARD
        is_turn = self._words % max(figures.LOUD_EVERY, 2 * heard) == 0
        again_at = self._loud_at + figures.LOUD_AFTER_NEWS_S * max(heard, 1)
        is_after_news = self._news_at is not None and self._is_unsure(self._news_at)
        return is_new or is_turn or (is_after_news and now_s >= again_at)

    def for_asking(self, times_in_vain: int, least_in_vain: int, now_s: float) -> int:
        """Return the hop limit for asking: what was asked for most and least often, in vain, decides."""
        if least_in_vain >= figures.FARTHER_IN_VAIN:
            return self._highest
        return min(times_in_vain + figures.NEAR_HOPS, self.hop_limit(now_s))

    def for_critical(self, now_s: float) -> int:
        """Return the hop limit for a critical post."""
        return self._highest if self._is_unsure(now_s) else self.hop_limit(now_s)

    def hop_limit(self, now_s: float) -> int:
        """Return the hop limit for what everybody is to hear."""
        nearest = self._nearest(now_s)
        if not nearest:
            return self._highest
        lacking = (hops for hops, at in self._lacked_at.items() if now_s - at < figures.LACKED_S)
        farthest = max(*nearest, *lacking, 0)
        return min(farthest + figures.SPARE_HOPS if farthest >= figures.FAR_HOPS else farthest, self._highest)

    def relays_of(self, hop_limit: int, now_s: float) -> int:
        """Return how many relays a frame of ours needs one after the other; 0 while nobody was heard."""
        return min(hop_limit, self.hop_limit(now_s)) if self._nearest(now_s) else 0

    def _is_unsure(self, now_s: float) -> bool:
        """Say whether somebody may be out of reach then: relays are needed, or somebody known was silent."""
        return self.hop_limit(now_s) > 0 or self._is_anybody_silent(now_s)

    def _is_anybody_silent(self, now_s: float) -> bool:
        """Say whether somebody is silent for longer than by chance, at rest or while others write."""
        company = [heard for heard in self._heard.values() if now_s - heard.at < figures.COMPANY_S]
        stations = 1 + len(company)
        silent_s, missed = self._rest_s * stations / figures.WORDS_AT_REST, figures.MISSED_NEWS * stations
        return any(
            now_s - heard.at >= silent_s or self._news_said - heard.news_then >= missed for heard in company
        )

    def _nearest(self, now_s: float) -> Sequence[int]:
        """Return the least number of relays of every station heard lately."""
        lately = (heard for heard in self._heard.values() if now_s - heard.at < self._forget_s)
        return [min(heard.recent) for heard in lately]
