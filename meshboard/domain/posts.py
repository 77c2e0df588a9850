"""What a post says: its kind, category, urgency, words and amounts."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import IntEnum


class PostKind(IntEnum):
    """What sort of post. The numbers are on the wire."""

    NEED = 0
    OFFER = 1
    TASK = 2
    """A need whose unit is people."""
    NOTICE = 3
    """Tells everyone something; cannot be claimed."""


class Category(IntEnum):
    """What a post is about. The numbers are on the wire; 18 to 31 are kept for later."""

    FOOD = 0
    WATER = 1
    SHELTER = 2
    TRANSPORT = 3
    MEDICAL = 4
    CARE = 5
    TOOLS = 6
    POWER = 7
    COMMS = 8
    CLOTHING = 9
    HYGIENE = 10
    PETS = 11
    LANGUAGE = 12
    LEGAL = 13
    CLEANUP = 14
    KITCHEN = 15
    INFO = 16
    OTHER = 17


class Urgency(IntEnum):
    """How pressing. Ordered: higher is more pressing. The numbers are on the wire."""

    LOW = 0
    NORMAL = 1
    HIGH = 2
    CRITICAL = 3


class HandOff(IntEnum):
    """How goods pass from hand to hand. The numbers are on the wire."""

    UNSAID = 0
    LEAVE_AT_DOOR = 1
    IN_PERSON = 2
    PICK_UP = 3


DEFAULT_LIFETIME = {
    Urgency.LOW: timedelta(days=7),
    Urgency.NORMAL: timedelta(days=3),
    Urgency.HIGH: timedelta(days=2),
    Urgency.CRITICAL: timedelta(days=1),
}
"""How long a post stays up when nobody says: what is urgent is soon stale."""

MAX_PLACE_BYTES = 24
MAX_UNIT_BYTES = 24
MAX_TAGS = 8
MAX_LIFETIME_HOURS = 24 * 365
MAX_AMOUNT = Decimal(1000000)


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount with at most two decimals, greater than zero, at most MAX_AMOUNT."""

    amount: Decimal
    unit: str = ""
    """What is counted, in the poster's own words (`gal`, `people`, `斤`); empty = things."""


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """When something is to happen, Unix seconds; `ends_at` None = open-ended."""

    starts_at: int
    ends_at: int | None = None


@dataclass(frozen=True, slots=True)
class PostContent:
    """Everything a post says; immutable, replaced whole by an edit."""

    kind: PostKind
    category: Category
    urgency: Urgency
    text: str
    """The words as typed: one line, no control characters, Unicode NFC."""
    quantity: Quantity | None = None
    """None = one thing, taken whole by the first claim."""
    place: str = ""
    """A coarse label of at most MAX_PLACE_BYTES UTF-8 bytes; empty = unsaid."""
    window: TimeWindow | None = None
    lifetime_hours: int = 72
    """Whole hours from the post's own stamp until it expires, 1 to MAX_LIFETIME_HOURS."""
    tags: tuple[str, ...] = ()
    """Access and dietary notes (`halal`, `no stairs`), at most MAX_TAGS."""
    hand_off: HandOff = HandOff.UNSAID
    has_contact: bool = False
    """True when the poster can be reached; the contact itself is never in a post."""
