"""The tables of a ledger. `migrations/` makes them; a test holds the two together."""

from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class SettingRow(SQLModel, table=True):
    """One thing this station remembers about itself."""

    __tablename__ = "setting"

    key: str = Field(primary_key=True)
    value: str


class CircleRow(SQLModel, table=True):
    """A circle this station is in, and what its radio needs for it."""

    __tablename__ = "circle"

    id: bytes = Field(primary_key=True)
    name: str
    epoch: int
    epoch_key: bytes
    channel_psk: bytes
    channel_name: str
    region: str
    preset: str
    slot: int
    joined_at: int | None


class IdentityRow(SQLModel, table=True):
    """The author this station is in one circle."""

    __tablename__ = "identity"

    circle_id: bytes = Field(primary_key=True)
    seed: bytes
    author: bytes
    incarnation: int


class CounterRow(SQLModel, table=True):
    """The next counter value no frame of this station has carried."""

    __tablename__ = "counter"

    circle_id: bytes = Field(primary_key=True)
    next_value: int


class EntryRow(SQLModel, table=True):
    """One entry as its author signed it; never changed, except where it is placed."""

    __tablename__ = "entry"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("entry_digest", "digest", unique=True),
        Index("entry_log", "circle_id", "author", "incarnation", "number"),
        Index("entry_post", "circle_id", "post_id"),
        Index("entry_subject", "circle_id", "subject_id"),
        Index("entry_id", "circle_id", "id"),
        Index("entry_count", "circle_id", "stamp_count"),
        {"sqlite_autoincrement": True},
    )

    seq: int | None = Field(default=None, primary_key=True)
    """The order in which this station stored it; grows, is never used twice."""
    circle_id: bytes
    id: bytes
    digest: bytes
    author: bytes
    incarnation: int
    number: int
    packed: bytes
    signature: bytes
    received_at: int | None
    stamp_count: int
    stamp_time: int | None
    subject_id: bytes | None
    """The post or claim the fact is about; a post's own id where the fact publishes it."""
    claimed_post_id: bytes | None
    """The post a claim is on; None for everything that is no claim."""
    is_sound: bool
    """False when the merge leaves it out: it speaks for another's member, or a lower digest has its id."""
    post_id: bytes | None
    """The post whose story it belongs to, whether that is known yet or not."""


class PostRow(SQLModel, table=True):
    """What the board needs to find and sort a post without opening an entry."""

    __tablename__ = "post"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("post_code", "code"),
        Index("post_board", "urgency", "posted_seq"),
        Index("post_changed", "changed_seq"),
    )

    circle_id: bytes = Field(primary_key=True)
    id: bytes = Field(primary_key=True)
    code: str
    """All five characters."""
    kind: int
    category: int
    urgency: int
    author: bytes
    actor_kind: int
    actor_key: bytes
    search: str
    """Text, place, unit, tags, code, category and name signed with, case-folded, to be searched."""
    posted_seq: int
    said_seq: int
    """The entry that made it say what it says now: the last edit, the withdrawal, or else the first."""
    posted_at: int | None
    changed_seq: int
    entry_count: int
    is_over: bool
    """True when it is done or withdrawn whatever the time."""
    over_at: int | None
    """Unix seconds from which it is done or expired if nothing more is said; None = never by itself."""


class ClaimRow(SQLModel, table=True):
    """Who carries what: a claim that is not released."""

    __tablename__ = "claim"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("claim_actor", "actor_kind", "actor_key"),
        Index("claim_post", "circle_id", "post_id"),
    )

    circle_id: bytes = Field(primary_key=True)
    id: bytes = Field(primary_key=True)
    post_id: bytes
    author: bytes
    actor_kind: int
    actor_key: bytes


class StationNameRow(SQLModel, table=True):
    """What a station wants to be called, as it said last."""

    __tablename__ = "station_name"

    circle_id: bytes = Field(primary_key=True)
    author: bytes = Field(primary_key=True)
    name: str
    folded: str
    """The name case-folded, to be searched."""
    incarnation: int
    number: int
    digest: bytes


class PeerRow(SQLModel, table=True):
    """Another station, as far as its beacons tell."""

    __tablename__ = "peer"

    circle_id: bytes = Field(primary_key=True)
    author: bytes = Field(primary_key=True)
    node: int | None
    last_counter: int
    last_heard: int | None
    agreed_seq: int


class StationStatusRow(SQLModel, table=True):
    """How the process that drives the radio is doing: one row, for the others to show."""

    __tablename__ = "station_status"

    id: int = Field(default=1, primary_key=True)
    written_at: int | None
    report: str
    """A JSON object."""
