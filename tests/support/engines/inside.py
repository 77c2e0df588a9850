"""What tests look at inside an engine; nobody else reaches in."""

from typing import TypeVar

from meshboard.sync.engine import Engine
from meshboard.sync.entries.repair import Repairs
from meshboard.sync.hearing.reconciling import Reconciliation
from meshboard.sync.lanes.lane import Lane
from meshboard.sync.lanes.repair_lane import RepairLane
from meshboard.sync.lanes.voice import Voice

SomeLane = TypeVar("SomeLane", bound=Lane)


def lane_of(engine: Engine, kind: type[SomeLane]) -> SomeLane:
    """Return an engine's lane of a kind."""
    return next(lane for lane in engine._lanes._table if isinstance(lane, kind))


def repairs_of(engine: Engine) -> Repairs:
    """Return what an engine is to give."""
    return lane_of(engine, RepairLane)._repairs


def voice_of(engine: Engine) -> Voice:
    """Return what an engine's lanes share."""
    return engine._lanes.voice


def reconciliation_of(engine: Engine) -> Reconciliation:
    """Return where an engine tells differences."""
    return engine._hearing._reconciliation
