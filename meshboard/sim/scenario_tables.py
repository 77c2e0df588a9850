"""The tables of a scenario file that say what happens in a simulation, and what is expected of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator


def _once_each(nodes: tuple[int, ...]) -> tuple[int, ...]:
    seen: set[int] = set()
    for node in nodes:
        if node in seen:
            raise ValueError(f"node {node} is listed twice; once will do")
        seen.add(node)
    return nodes


Whole = Annotated[int, Field(strict=True)]
"""Neither true nor false, nor 3.0 nor "3"."""
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Count = Annotated[Whole, Field(ge=0, le=1_000_000)]
MAX_HOURS = 24 * 366.0
Hour = Annotated[Number, Field(ge=0.0, le=MAX_HOURS)]
AtMost = Annotated[Number, Field(ge=0.0)]
Nodes = Annotated[tuple[Whole, ...], AfterValidator(_once_each)]


class Strict(BaseModel):
    """A table whose unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PreloadTable(Strict):
    """Entries that exist at the start."""

    count: Count
    authors: Annotated[Whole, Field(ge=1, le=10_000)] = 1
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
        if self.count and not self.holders:
            raise ValueError("it needs holders, the stations that hold them all")
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
        if self.count and not self.stations:
            raise ValueError('stations is empty; name some, or "all"')
        return self


EventType = Literal["partition", "heal", "join", "leave", "crash", "restore", "clock"]
KEYS_OF: Mapping[EventType, tuple[str, ...]] = MappingProxyType(
    {
        "partition": ("groups",),
        "heal": (),
        "join": ("station",),
        "leave": ("station",),
        "crash": ("station",),
        "restore": ("station", "age_h"),
        "clock": ("station", "offset_s"),
    }
)
"""What each type of event needs besides `at_h`; keys of other types mean nothing to it."""


class EventTable(Strict):
    """Something that happens to the mesh or to a station."""

    at_h: Hour
    type: EventType
    groups: tuple[Nodes, ...] = ()
    """Partition: no reception across groups."""
    station: Whole | None = None
    age_h: Hour = 0.0
    """Restore: how old the ledger is that it comes back with."""
    offset_s: Annotated[Number, Field(ge=-1e10, le=1e10)] = 0.0
    """Clock: how far the station's clock is shifted."""

    @model_validator(mode="after")
    def _check(self) -> "EventTable":
        for key in KEYS_OF[self.type]:
            if key not in self.model_fields_set:
                raise ValueError(f'type = "{self.type}" needs {key}')
        if self.type == "partition" and not self.groups:
            raise ValueError("groups is empty; a partition needs groups of nodes")
        grouped: set[int] = set()
        for group in self.groups:
            for node in grouped.intersection(group):
                raise ValueError(f"groups: node {node} is in two of them")
            grouped.update(group)
        return self


class ExpectTable(Strict):
    """What must be so at the end, else the command ends with 1. Every figure is the worst that will do."""

    complete: Annotated[Number, Field(le=1.0, ge=0.0)] | None = None
    """At least."""
    identical: Annotated[bool, Field(strict=True)] | None = None
    p50_s: AtMost | None = None
    """At most, as all that follow: of converged_s."""
    p95_s: AtMost | None = None
    max_s: AtMost | None = None
    critical_p95_s: AtMost | None = None
    origin_ratio: AtMost | None = None
    bulk_ratio: AtMost | None = None
    airtime_s: AtMost | None = None
    origin_airtime_s: AtMost | None = None
    max_duty: AtMost | None = None
    entry_bytes_mean: AtMost | None = None
    collisions: Count | None = None
    queue_drops: Count | None = None


_IN_WORDS_OF_A_FILE: Mapping[str, str] = MappingProxyType(
    {
        "tuple_type": "Input should be a list",
        "model_type": "Input should be a table",
        "int_type": "Input should be a whole number",
        "float_type": "Input should be a number",
    }
)


def problems(error: ValidationError) -> str:
    """Return a sentence for each wrong key, with its name, all in one line."""
    return "; ".join(
        _sentence(found["loc"], found["type"], found["msg"].removeprefix("Value error, "))
        for found in error.errors(include_url=False, include_context=False, include_input=False)
    )


def _sentence(location: tuple[int | str, ...], kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return f'unknown key "{_path(location)}"; remove it or correct its spelling'
    # of several types pydantic says which one it speaks of: `stations.tuple[int, ...]`
    where = _path(tuple(part for part in location if "[" not in str(part)))
    if kind == "missing":
        return f'the key "{where}" is missing; add it'
    said = _IN_WORDS_OF_A_FILE.get(kind, message.replace("Tuple", "List"))
    return f"{where}: {said}" if where else said


def _path(location: tuple[int | str, ...]) -> str:
    """Return where in a file something is, such as `node.0.long_name`."""
    return ".".join(str(part) for part in location)
