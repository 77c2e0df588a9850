"""The tables of a ledger. `migrations/` makes them; a test holds them together."""

from collections.abc import Sequence
from typing import ClassVar

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

IS_TRUST_FACT = "kind BETWEEN 10 AND 17"
"""`wire.kinds.TRUST_KINDS`; SQLite takes a partial index only for a question with the very same words."""
DOES_NOT_COUNT = "counts = 0"


def _was(value: str) -> dict[str, object]:
    """Say what an added column holds in rows older than itself."""
    return {"server_default": text(value)}


class LedgerRow(SQLModel):
    """A row. Keys and people's words are in it: no log line, traceback or debugger's page shows them."""

    def __repr_args__(self) -> Sequence[tuple[str, object]]:
        """Return what `repr`, `str` and Rich show of a row: nothing (pydantic's `Representation`)."""
        return ()


class SettingRow(LedgerRow, table=True):
    """One thing this station remembers about itself."""

    __tablename__ = "setting"

    key: str = Field(primary_key=True)
    value: str


class CircleRow(LedgerRow, table=True):
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
    channel_seed: bytes = Field(sa_column_kwargs=_was("x''"))
    epoch_id: bytes = Field(sa_column_kwargs=_was("x''"))


class IdentityRow(LedgerRow, table=True):
    """The author this station is in one circle."""

    __tablename__ = "identity"

    circle_id: bytes = Field(primary_key=True)
    seed: bytes
    author: bytes
    incarnation: int


class CounterRow(LedgerRow, table=True):
    """The next counter value no frame of this station has carried."""

    __tablename__ = "counter"

    circle_id: bytes = Field(primary_key=True)
    next_value: int


class EntryRow(LedgerRow, table=True):
    """One entry as its author signed it; never changed, except where it is placed."""

    __tablename__ = "entry"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("entry_digest", "digest", unique=True),
        Index("entry_log", "circle_id", "author", "incarnation", "number"),
        Index("entry_post", "circle_id", "post_id"),
        Index("entry_subject", "circle_id", "subject_id"),
        Index("entry_id", "circle_id", "id"),
        Index("entry_count", "circle_id", "stamp_count"),
        Index("entry_trust", "circle_id", sqlite_where=text(IS_TRUST_FACT)),
        Index("entry_uncounted", "circle_id", "author", sqlite_where=text(DOES_NOT_COUNT)),
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
    """Empty where the entry after it proves it."""
    received_at: int | None
    stamp_count: int
    stamp_time: int | None
    subject_id: bytes | None
    """The post or claim the fact is about; a post's own id where the fact publishes it."""
    claimed_post_id: bytes | None
    """The post a claim is on; None for everything that is no claim."""
    is_sound: bool
    """False when the merge leaves it out: it does not count, speaks for another's member, or a lower digest
    has its id."""
    post_id: bytes | None
    """The post whose story it belongs to, whether that is known yet or not; None while it is not sound."""
    kind: int = Field(sa_column_kwargs=_was("0"))
    """The fact's number on the wire (`wire.kinds`)."""
    counts: bool = Field(sa_column_kwargs=_was("1"))
    """Whether it is shown, relayed and reckoned with: its author is in the circle, or was then."""
    link: bytes = Field(sa_column_kwargs=_was("x''"))
    """What its author signed of the entries before it; empty where it was signed before there were links."""
    salt_key: bytes = Field(sa_column_kwargs=_was("x''"))
    """What its salt follows from; empty where that is not known, or was dropped."""


class KeylessBlockRow(LedgerRow, table=True):
    """A block of a log of which no salt key is kept: something in it was forgotten (`wire.salts`)."""

    __tablename__ = "keyless_block"

    circle_id: bytes = Field(primary_key=True)
    author: bytes = Field(primary_key=True)
    incarnation: int = Field(primary_key=True)
    block: int = Field(primary_key=True)


class StretchRow(LedgerRow, table=True):
    """What is left of forgotten entries of a log (`sync.holdings.stretches`)."""

    __tablename__ = "stretch"

    circle_id: bytes = Field(primary_key=True)
    author: bytes = Field(primary_key=True)
    incarnation: int = Field(primary_key=True)
    first_number: int = Field(primary_key=True)
    is_told: bool = Field(primary_key=True)
    """Whether others said so; else it was forgotten here."""
    last_number: int
    count: int
    digest: bytes
    """The XOR of the digests of the entries that are not held in full."""
    ids: bytes
    """The ids of what was forgotten here, 8 bytes each, sorted; empty where others told it."""
    counts: bool
    """As of an entry: whether the author is in the circle, or was then."""


class PostRow(LedgerRow, table=True):
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
    flags: int = Field(sa_column_kwargs=_was("0"))
    """How many authors want it hidden, by the last word of each."""


class ClaimRow(LedgerRow, table=True):
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


class StationNameRow(LedgerRow, table=True):
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


class PeerRow(LedgerRow, table=True):
    """Another station, as far as its beacons tell."""

    __tablename__ = "peer"

    circle_id: bytes = Field(primary_key=True)
    author: bytes = Field(primary_key=True)
    node: int | None
    last_counter: int
    last_heard: int | None
    agreed_seq: int


class StationStatusRow(LedgerRow, table=True):
    """How the radio was doing; no longer written, since it wore SD cards out (`station.process.bulletin`)."""

    __tablename__ = "station_status"

    id: int = Field(default=1, primary_key=True)
    written_at: int | None
    report: str
    """A JSON object."""


class EpochKeyRow(LedgerRow, table=True):
    """A key that seals, or once sealed, what a circle says."""

    __tablename__ = "epoch_key"

    circle_id: bytes = Field(primary_key=True)
    epoch_id: bytes = Field(primary_key=True)
    number: int
    key: bytes
    given_by: bytes | None
    """The author who gave it; None = it came with the invite, or was made here."""
    received_at: int | None


class InviteRow(LedgerRow, table=True):
    """An invite made at this station."""

    __tablename__ = "invite"

    circle_id: bytes = Field(primary_key=True)
    invite_id: bytes = Field(primary_key=True)
    secret: bytes
    made_at: int | None
    uses: int
    """0 = any number."""
    expires_at: int | None


class ClaimKeyRow(LedgerRow, table=True):
    """A key of this station to which contacts are sealed, until it is destroyed."""

    __tablename__ = "claim_key"

    circle_id: bytes = Field(primary_key=True)
    public: bytes = Field(primary_key=True)
    seed: bytes
    made_at: int | None


class ContactRow(LedgerRow, table=True):
    """A contact that was typed here; it leaves only sealed, for one claim."""

    __tablename__ = "contact"

    circle_id: bytes = Field(primary_key=True)
    post_id: bytes = Field(primary_key=True)
    text: str
    accepts_members: bool
    """Whether a member's claim may be accepted, and given the contact, without asking."""


class PickUpRow(LedgerRow, table=True):
    """The code with which a walk-up gets back at their post; only its hash is kept."""

    __tablename__ = "pick_up"

    circle_id: bytes = Field(primary_key=True)
    post_id: bytes = Field(primary_key=True)
    actor_key: bytes
    salt: bytes
    hash: bytes
    made_at: int | None
    is_void: bool


class PickUpTryRow(LedgerRow, table=True):
    """A wrong pick-up code somebody typed."""

    __tablename__ = "pick_up_try"
    __table_args__: ClassVar[tuple[object, ...]] = (Index("pick_up_try_post", "circle_id", "post_id"),)

    id: int | None = Field(default=None, primary_key=True)
    circle_id: bytes
    post_id: bytes
    at: int | None


class MuteRow(LedgerRow, table=True):
    """Somebody whose posts this station does not show."""

    __tablename__ = "mute"
    __table_args__: ClassVar[tuple[object, ...]] = (Index("mute_author", "circle_id", "author"),)

    id: int | None = Field(default=None, primary_key=True)
    circle_id: bytes
    author: bytes
    actor_kind: int | None
    """None, as the key: everybody at that station."""
    actor_key: bytes | None


class TrustMarkRow(LedgerRow, table=True):
    """By what each process notices that membership may have changed: random marks, none comes twice."""

    __tablename__ = "trust_mark"

    circle_id: bytes = Field(primary_key=True)
    facts: int
    """Another one whenever a fact about the circle was stored or deleted, or the circle itself changed."""
    flips: int
    """Another one whenever entries that were stored before began or ceased to count, or were deleted."""
