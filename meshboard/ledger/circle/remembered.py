"""What a station remembers about itself: all of it, with its type and what holds until it is told.

What is written within another transaction has its name there (`done_texts`, `contacts_kept`, `stations`).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import delete, insert, select
from sqlmodel import col

from meshboard.domain.ids import AuthorId, CircleId, InviteId, PostId
from meshboard.ledger.file.database import Database
from meshboard.ledger.file.tables import SettingRow

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Setting(Generic[Value]):
    """Something to remember; in the ledger it is a text, and an empty one stands for `default`."""

    name: str
    """What hangs on a circle has its id in it, in hex: it goes when the circle is left."""
    default: Value
    read: Callable[[str], Value]
    written: Callable[[Value], str]


CHOSEN_CIRCLE: Setting[CircleId | None] = Setting(
    "chosen circle",
    None,
    lambda told: CircleId(bytes.fromhex(told)),
    lambda circle: circle.hex() if circle else "",
)
"""The one that front ends open when none is named; None = none was chosen."""
DROPS_UNSIGNED = Setting("node drops unsigned", False, bool, lambda is_strict: "yes" if is_strict else "")
"""Whether the node takes only signed packets, as it last told."""
LOSSES_NOTICED: Setting[Mapping[str, int | None]] = Setting("losses noticed", {}, json.loads, json.dumps)
"""When the loss of each log's end was noticed, by the log's name in the tally; None = at an unknown time."""
WRONG_WIPE_CODES: Setting[tuple[float, ...]] = Setting(
    "wrong wipe codes",
    (),
    lambda told: tuple(float(at) for at in told.split()),
    lambda tries: " ".join(f"{at:.1f}" for at in tries),
)
"""When they came, the first first, on the monotonic clock."""
WIPE_FROM_HANDHELD = Setting("wipe from handheld", "", str, str)
"""Who may wipe and with which code (`station.texts.remote_wipe`); empty = nobody."""
AIRTIME_LOG = Setting("airtime log", "", str, str)
"""What was sent in the last hour (`station.air.airtime_log`)."""


def sent_through(circle: CircleId, incarnation: int) -> Setting[int]:
    """Return the number up to which the entries of an own log were handed to the radio."""
    return Setting(f"sent through {circle.hex()} {incarnation}", 0, int, str)


def came_by(circle: CircleId, invite: InviteId) -> Setting[tuple[AuthorId, ...]]:
    """Return who showed an own invite, in the order in which this station heard of it."""
    return Setting(
        f"came by {circle.hex()} {invite.hex()}",
        (),
        lambda told: tuple(AuthorId(bytes.fromhex(author)) for author in told.split()),
        lambda authors: " ".join(author.hex() for author in authors),
    )


def why_void(circle: CircleId, post: PostId) -> Setting[str]:
    """Return why the keeper made a post's pick-up code void."""
    return Setting(f"pick-up void {circle.hex()} {post.hex()}", "", str, str)


class Remembered:
    """Reads and keeps settings, durably."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, setting: Setting[Value]) -> Value:
        """Return what was told last."""
        with self._database.reading() as connection:
            told = connection.execute(
                select(col(SettingRow.value)).where(col(SettingRow.key) == setting.name)
            ).scalar_one_or_none()
        return setting.read(told) if told else setting.default

    def keep(self, setting: Setting[Value], value: Value) -> None:
        """Remember a value in place of what was there."""
        with self._database.writing() as connection:
            connection.execute(delete(SettingRow).where(col(SettingRow.key) == setting.name))
            connection.execute(insert(SettingRow).values(key=setting.name, value=setting.written(value)))
