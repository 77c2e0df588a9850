"""The tables of keys, contacts and codes: what a station keeps to itself, apart from `tables`."""

from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field

from meshboard.ledger.file.ledger_row import LedgerRow


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
