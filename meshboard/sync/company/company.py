"""Who else is there: in what state, how many, through which node, and who of them knows us."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable

from meshboard.bounded import BoundedMemory
from meshboard.figures import COMPANY_S, MAX_STRANGERS, TRICKLE_FEW
from meshboard.link import NodeNumber
from meshboard.sync.company.reach import Reach
from meshboard.sync.timing import Timings

MAX_HOPS = 7  # Meshtastic's largest hop limit


class Company:
    """Remembers what state every station last said it is in, and so how many there are."""

    def __init__(self, timings: Timings, reach: Reach) -> None:
        self.stations = 2
        """How many stations there are, this one included, as when one last spoke of itself."""
        self.relays = MAX_HOPS
        """How many relays a frame takes to all of them, as it was then."""
        self._reach = reach
        self._lately_s = timings.neighbour_s
        self._last: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()
        self._knowing_us: set[bytes] = set()
        self._heads: BoundedMemory[NodeNumber, bytes] = BoundedMemory(MAX_STRANGERS)

    def note_node(self, node: NodeNumber, head: bytes) -> None:
        """Note through which node a station spoke."""
        self._heads[node] = head

    def head_of(self, node: NodeNumber) -> bytes | None:
        """Return which station spoke last through a node, None where none did."""
        return self._heads.get(node)

    def note_knows_us(self, head: bytes) -> None:
        """Note that a station has shown that it has our key."""
        self._knowing_us.add(head)

    def all_know_us(self) -> bool:
        """Say whether anybody was heard at all, and everybody who was has our key."""
        return bool(self._last) and self._knowing_us.issuperset(self._last)

    @property
    def are_few(self) -> bool:
        """Say whether hardly anybody else would answer in our place, or soon tell what they hold."""
        return self.stations <= TRICKLE_FEW

    def note(self, head: bytes, state: bytes, now_s: float) -> None:
        """Note what a station said of itself: the more are heard, the more patient each of them is.

        An empty state for one that differs in an unknown way.
        """
        self._last.pop(head, None)
        self._last[head] = (now_s, state)
        if len(self._last) > MAX_STRANGERS:
            forgotten, _ = self._last.popitem(last=False)
            self._knowing_us.discard(forgotten)
        self.stations = 1 + self.count(now_s)
        self.relays = self._reach.hop_limit(now_s)

    def count(self, now_s: float) -> int:
        """Return how many stations were heard in the last hours."""
        return sum(1 for heard_at, _ in self._last.values() if now_s - heard_at < COMPANY_S)

    def turn_after(self, asker: bytes, own: bytes, now_s: float) -> int:
        """Return how many stations heard lately go before us in giving to this one: each its own turn.

        The order is another for every asker, so that nobody always gives.
        """
        heads = [head for head, (heard_at, _) in self._last.items() if now_s - heard_at < self._lately_s]
        ours = _place_in_turn(asker, own)
        return sum(_place_in_turn(asker, head) < ours for head in heads if head != asker)

    def all_hold(
        self, state: bytes, now_s: float, but: Callable[[bytes], bool] = lambda _head: False
    ) -> bool:
        """Say whether somebody was heard in the last hours, and all who were last said exactly this state.

        `but`: whose state does not matter.
        """
        heard = [(head, said) for head, (at, said) in self._last.items() if now_s - at < self._lately_s]
        return bool(heard) and all(said == state or but(head) for head, said in heard)


def _place_in_turn(asker: bytes, giver: bytes) -> bytes:
    return hashlib.sha256(asker + giver).digest()
