"""Learn how far frames must travel: no further than the stations that were heard."""

from collections import OrderedDict, deque
from collections.abc import Sequence

from meshboard.link import NodeNumber

FORGET_S = 3 * 3600.0  # over twice the longest time between beacons on LONG_FAST
LOUD_WORDS = 2  # after a start: at 30 % loss and two hops one of them arrives three times in four
LOUD_EVERY = 4  # words: groups that lost each other meet again within five hours
MANY_HEARD = 5  # stations: they have heard us or each other, and one loud word of all of them does for all
RECENT_FRAMES = 8  # a neighbour's frame may come by a relay; at 30 % loss all of eight once in 15,000 times
ENOUGH_WORDS = 4  # the first of a station may all have come by a relay
SPARE_HOPS = 1  # the shortest way alone carries a frame of three relays six times in ten
FAR_HOPS = 2  # relays: so far away there mostly is another way, one relay longer
MAX_STATIONS = 1024


class Reach:
    """The hop limit that reaches every station heard lately; stations beyond pass things on themselves.

    It is the highest allowed while nobody was heard, for a station's first words where few were, and for
    every fourth later one, or more rarely where more take turns: so everybody is heard at times, and groups
    that lost each other meet.
    """

    def __init__(self, highest: int) -> None:
        self._highest = highest
        self._words = 0
        self._heard: OrderedDict[NodeNumber, tuple[float, deque[int]]] = OrderedDict()

    def note(self, station: NodeNumber, hops: int | None, now_s: float) -> None:
        """Note over how many relays a frame came; None = the packet does not say."""
        if hops is None:
            return
        _, recent = self._heard.pop(station, (now_s, deque(maxlen=RECENT_FRAMES)))
        recent.append(hops)
        self._heard[station] = (now_s, recent)
        if len(self._heard) > MAX_STATIONS:
            self._heard.popitem(last=False)

    def note_news(self, station: NodeNumber, hops: int, now_s: float) -> None:
        """Note that news came from a station whose words were heard: it is there still.

        How far it is they tell only until enough words did: where every second frame comes by a relay, those
        that come without one are no reason to go without.
        """
        if station not in self._heard:
            return
        _, recent = self._heard.pop(station)
        if len(recent) < ENOUGH_WORDS:
            recent.append(hops)
        self._heard[station] = (now_s, recent)

    def take_for_word(self, now_s: float) -> int:
        """Return the hop limit for what this station says of itself now."""
        self._words += 1
        heard = len(self._nearest(now_s))
        is_new = self._words <= LOUD_WORDS and heard < MANY_HEARD
        is_loud = is_new or self._words % max(LOUD_EVERY, 2 * heard) == 0
        return self._highest if is_loud else self.hop_limit(now_s)

    def hop_limit(self, now_s: float) -> int:
        """Return the hop limit for what everybody is to hear."""
        nearest = self._nearest(now_s)
        if not nearest:
            return self._highest
        farthest = max(nearest)
        return min(farthest + SPARE_HOPS, self._highest) if farthest >= FAR_HOPS else farthest

    def _nearest(self, now_s: float) -> Sequence[int]:
        """Return the least number of relays of every station heard lately."""
        return [min(recent) for heard_at, recent in self._heard.values() if now_s - heard_at < FORGET_S]
