"""Values as JSON has them, by the names of their fields: what vectors.json says that bytes mean."""

from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import IntEnum

from meshboard.domain.entries import Entry
from meshboard.wire.frames import Frame, Keys


def entry_as_plain(entry: Entry) -> dict[str, object]:
    """Return an entry without its author and circle."""
    return {
        "incarnation": entry.log.incarnation,
        "number": entry.number,
        "digest": entry.digest.hex(),
        "actor_kind": int(entry.actor.kind),
        "actor": entry.actor.key.hex(),
        "count": entry.stamp.count,
        "time": entry.stamp.time_s,
        "states": {"fact": type(entry.fact).__name__, **_fields(entry.fact)},
    }


def frame_as_plain(frame: Frame) -> dict[str, object]:
    """Return what a frame says."""
    said = {"frame": type(frame).__name__, **_fields(frame)}
    if isinstance(frame, Keys):
        said["wrapped"] = [{"head": head.hex(), "key": key.hex()} for head, key in frame.wrapped]
    return said


def plain(value: object) -> object:
    """Return any part of them."""
    match value:
        case bytes():
            return value.hex()
        case IntEnum():
            return int(value)
        case Decimal():
            return str(value)
        case tuple():
            return [plain(one) for one in value]
        case _:
            return _fields(value) if is_dataclass(value) else value


def _fields(value: object) -> dict[str, object]:
    assert is_dataclass(value)
    return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
