"""The tables of a scenario file that say what happens in a simulation, and what is expected of it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Count = Annotated[int, Field(ge=0, le=1_000_000)]
Hour = Annotated[float, Field(ge=0.0, le=24 * 366.0)]
Nodes = tuple[int, ...]


class Strict(BaseModel):
    """A table whose unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PreloadTable(Strict):
    """Entries that exist at the start."""

    count: Count
    authors: Annotated[int, Field(ge=1, le=10_000)] = 1
    """By how many authors, none of whom has a station in the mesh; they take turns."""
    holders: Nodes = ()
    """Stations that hold them all."""
    old: Count = 0
    """How many of them, the oldest, are closed or expired."""

    @model_validator(mode="after")
    def _check(self) -> "PreloadTable":
        if self.old > self.count:
            raise ValueError(f"old is {self.old}, but there are only {self.count} entries")
        if self.count and self.authors > self.count:
            raise ValueError(f"{self.authors} authors cannot have written {self.count} entries")
        return self


class TrafficTable(Strict):
    """What people do during the run, at independent uniform times."""

    kind: Literal["posts", "claims"]
    count: Count = 0
    """Entries. Of claims a third each: claim, deliver, confirm."""
    stations: Literal["all"] | Nodes = "all"
    post: Literal["any", "same"] = "any"
    """Claims only: "same" = all on one post."""
    urgency: Literal["corpus", "low", "normal", "high", "critical"] = "corpus"
    from_h: Hour = 0.0
    to_h: Hour | None = None
    """None = the end of the run."""

    @model_validator(mode="after")
    def _check(self) -> "TrafficTable":
        if self.to_h is not None and self.to_h < self.from_h:
            raise ValueError(f"to_h {self.to_h:g} is before from_h {self.from_h:g}")
        return self


EventType = Literal["partition", "heal", "join", "leave", "crash", "restore", "clock"]
_OF_ONE_STATION = ("join", "leave", "crash", "restore", "clock")


class EventTable(Strict):
    """Something that happens to the mesh or to a station."""

    at_h: Hour
    type: EventType
    groups: tuple[Nodes, ...] = ()
    """Partition: no reception across groups."""
    station: int | None = None
    age_h: Hour = 0.0
    """Restore: how old the ledger is that it comes back with."""
    offset_s: Annotated[float, Field(ge=-1e10, le=1e10)] = 0.0
    """Clock: how far the station's clock is shifted."""

    @model_validator(mode="after")
    def _check(self) -> "EventTable":
        if self.type == "partition" and not self.groups:
            raise ValueError("a partition needs groups")
        if self.type in _OF_ONE_STATION and self.station is None:
            raise ValueError(f'type = "{self.type}" needs station')
        grouped = [node for group in self.groups for node in group]
        if len(grouped) != len(set(grouped)):
            raise ValueError("a node is in two groups")
        return self


class ExpectTable(Strict):
    """What must be so at the end, else the command ends with 1. Every figure is the worst that will do."""

    complete: Annotated[float | None, Field(ge=0.0, le=1.0)] = None
    """At least."""
    identical: bool | None = None
    p50_s: float | None = None
    """At most, as all that follow: of converged_s."""
    p95_s: float | None = None
    max_s: float | None = None
    critical_p95_s: float | None = None
    origin_ratio: float | None = None
    bulk_ratio: float | None = None
    airtime_s: float | None = None
    origin_airtime_s: float | None = None
    max_duty: float | None = None
    entry_bytes_mean: float | None = None
    collisions: int | None = None
    queue_drops: int | None = None
