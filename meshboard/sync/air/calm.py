"""When to speak: never into the relays of a frame just heard or said."""

from meshboard.sync.timing import Chance, Timings


class Calm:
    """Waits until a frame has probably been relayed to the end: two floods that meet collide."""

    def __init__(self, timings: Timings, chance: Chance) -> None:
        self.at = float("-inf")
        """When to speak at the earliest."""
        self._pause_s = timings.calm_s
        self._relay_wait_s = timings.relay_wait_s
        self._longest_s = timings.longest_calm_s
        self._since = float("-inf")
        self._chance = chance

    def note_frame(self, air_s: float, relays: int, ends_at: float) -> None:
        """Note a frame of the circle, which so many more relays may pass on one by one once it ends."""
        if ends_at > self.at:
            self._since = ends_at
        quiet_at = ends_at + relays * (air_s + self._relay_wait_s) + self._chance.uniform(*self._pause_s)
        self.at = min(max(self.at, quiet_at), self._since + self._longest_s)
