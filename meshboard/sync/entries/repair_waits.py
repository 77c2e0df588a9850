"""How long repairs wait, so that of several who hold what somebody lacks one gives it."""

from meshboard.sync.chance import Chance
from meshboard.sync.timing import Timings

MAX_HOPS = 7  # Meshtastic's largest hop limit


class Hold:
    """Until when somebody else goes first, who is giving what waits here."""

    def __init__(self) -> None:
        self.until_s = float("-inf")


class RepairWaits:
    """Draws the waits, in seconds; the more stations there are the longer."""

    def __init__(self, timings: Timings, chance: Chance) -> None:
        self._timings = timings
        self._chance = chance
        self.stations = 2
        """How many stations there are, this one included."""
        self.relays = MAX_HOPS
        """How many relays a frame takes to all of them."""

    def by_chance(self, hops: int) -> float:
        """Return one wait for all asked for together, so many relays away; who is nearer waits less."""
        wait_s = self._chance.uniform(*self._timings.give_wait_s(self.stations))
        return wait_s + hops * self._timings.farther_s

    def of_much(self, hops: int) -> float:
        """Return a wait before giving much, so that one mostly begins alone."""
        wait_s = self._chance.uniform(*self._timings.bulk_wait_s(self.stations))
        return wait_s + hops * self._timings.bulk_farther_s

    def of_turn(self, before: int) -> float:
        """Return a wait that ends in our turn, after so many others: what they give is heard by then."""
        return (before + self._chance.uniform(0.0, 0.5)) * self._timings.turn_s(self.stations, self.relays)
