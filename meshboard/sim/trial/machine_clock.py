"""The clock of a simulated machine, which a scenario may set wrong."""

from meshboard.sim.mesh import Mesh

STARTS_AT_S = 1_800_000_000  # Unix seconds at virtual time 0; any late enough will do
BELIEVED_FROM_S = 1_767_225_600  # as a real station has it: station.process.real_clock
BELIEVED_UNTIL_S = 1 << 32  # the year 2106; a time on the wire reaches further


class MachineClock:
    """Virtual time, and a wall clock that may be off."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self.off_s = 0.0

    def monotonic_s(self) -> float:
        """Return the virtual time."""
        return self._mesh.now

    def wall_s(self) -> int | None:
        """Return what the clock shows, Unix seconds; None where nobody would believe it."""
        shown_s = int(STARTS_AT_S + self._mesh.now + self.off_s)
        return shown_s if BELIEVED_FROM_S <= shown_s < BELIEVED_UNTIL_S else None
