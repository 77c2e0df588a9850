"""The bodies of facts as bytes, and back (docs/protocol.md, section 3)."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from meshboard.domain.entries import MAX_AFTER, PostClaimed
from meshboard.domain.ids import ClaimId, EntryId
from meshboard.domain.posts import (
    MAX_AMOUNT,
    MAX_LIFETIME_HOURS,
    MAX_PLACE_BYTES,
    MAX_TAGS,
    MAX_UNIT_BYTES,
    Category,
    HandOff,
    PostContent,
    PostKind,
    Quantity,
    TimeWindow,
    Urgency,
)
from meshboard.errors import RuleError, WireError
from meshboard.wire.cursor import MAX_VARINT, Reader, push_varint

TIME_ZERO_S = 1_704_067_199  # the second before 2024-01-01 00:00:00 UTC; 0 on the wire is "unknown"
SUBJECT_BYTES = 8
MAX_DECIMALS = 2


class FromLaterVersion(Exception):  # noqa: N818 -- a state of the entry; never leaves this package
    """The body uses something a later version defined: keep the entry whole and do not guess."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a claim says beside its words."""

    amount: Decimal | None
    by_when: int | None
    after: tuple[ClaimId, ...]
    has_words: bool


def push_time(time_s: int | None) -> bytes:
    """Return Unix seconds as a time; RuleError before 2024 or too far ahead."""
    if time_s is None:
        return push_varint(0)
    if not TIME_ZERO_S < time_s <= TIME_ZERO_S + MAX_VARINT:
        raise RuleError("This date lies before 2024 or too far ahead; check the year.")
    return push_varint(time_s - TIME_ZERO_S)


def pull_time(reader: Reader) -> int | None:
    """Return Unix seconds, None for unknown."""
    value = reader.pull_varint()
    return TIME_ZERO_S + value if value else None


def push_content(content: PostContent) -> bytes:
    """Return everything of a post but its words; RuleError for what has no place on the wire."""
    window, quantity = content.window, content.quantity
    has_end = window is not None and window.ends_at is not None
    if not 1 <= content.lifetime_hours <= MAX_LIFETIME_HOURS:
        raise RuleError(f"A post stays up 1 to {MAX_LIFETIME_HOURS} hours; choose a time in between.")
    first = content.kind << 6 | content.urgency << 4 | content.hand_off << 2
    first |= content.has_contact << 1 | (quantity is not None)
    second = content.category << 3 | (window is not None) << 2 | has_end << 1
    pushed = bytes([first, second]) + push_varint(content.lifetime_hours)
    return pushed + (push_amount(quantity.amount) if quantity else b"") + _push_window(window)


def content_words(content: PostContent, signed_as: str = "") -> list[str]:
    """Return the fields of a post's words in their order; RuleError when one is too long."""
    unit = content.quantity.unit if content.quantity else ""
    if len(content.place.encode("utf-8", "replace")) > MAX_PLACE_BYTES:
        raise RuleError(f"The place is too long; it may have {MAX_PLACE_BYTES} bytes. Shorten it.")
    if len(unit.encode("utf-8", "replace")) > MAX_UNIT_BYTES:
        raise RuleError(f"The unit is too long; it may have {MAX_UNIT_BYTES} bytes. Shorten it.")
    if len(content.tags) > MAX_TAGS or not all(content.tags):
        raise RuleError(f"A post may have {MAX_TAGS} tags, none of them empty. Take some out.")
    return [content.text, unit, content.place, signed_as, *content.tags]


def pull_content(reader: Reader) -> PostContent:
    """Return a post without its words."""
    first, second = reader.pull_byte(), reader.pull_byte()
    if second & 1 or second >> 3 > max(Category):
        raise FromLaterVersion
    hours = reader.pull_varint()
    if not 1 <= hours <= MAX_LIFETIME_HOURS:
        raise WireError("A post's lifetime is out of bounds; the entry was ignored.")
    return PostContent(
        kind=PostKind(first >> 6),
        category=Category(second >> 3),
        urgency=Urgency(first >> 4 & 3),
        text="",
        quantity=Quantity(pull_amount(reader)) if first & 1 else None,
        window=_pull_window(reader, has_start=bool(second & 4), has_end=bool(second & 2)),
        lifetime_hours=hours,
        hand_off=HandOff(first >> 2 & 3),
        has_contact=bool(first & 2),
    )


def push_amount(amount: Decimal) -> bytes:
    """Return an amount above 0 and at most MAX_AMOUNT, with at most MAX_DECIMALS decimals."""
    if not (amount.is_finite() and 0 < amount <= MAX_AMOUNT):
        raise RuleError(f"The amount must be more than 0 and at most {MAX_AMOUNT}; type another one.")
    for decimals in range(MAX_DECIMALS + 1):
        scaled = amount.scaleb(decimals)
        if scaled == scaled.to_integral_value():
            return push_varint(int(scaled) << 2 | decimals)
    raise RuleError("The amount has more than two decimals; round it.")


def pull_amount(reader: Reader) -> Decimal:
    """Return an amount, refusing any but the shortest way to write it."""
    value = reader.pull_varint()
    scaled, decimals = value >> 2, value & 3
    if decimals > MAX_DECIMALS or (decimals and scaled % 10 == 0):
        raise WireError("An amount is not in its shortest form; the entry was ignored.")
    try:
        amount = Decimal(scaled).scaleb(-decimals)
    except InvalidOperation as error:
        raise WireError("An amount is out of bounds; the entry was ignored.") from error
    if not 0 < amount <= MAX_AMOUNT:
        raise WireError("An amount is out of bounds; the entry was ignored.")
    return amount


def push_terms(claim: PostClaimed) -> bytes:
    """Return everything of a claim but its words. Its unit is the post's own and is not sent."""
    if len(claim.after) > MAX_AFTER or any(len(seen) != SUBJECT_BYTES for seen in claim.after):
        raise WireError(f"A claim names at most {MAX_AFTER} claims before it; this one cannot be sent.")
    has_words = bool(claim.note or claim.signed_as)
    first = (claim.quantity is not None) << 7 | (claim.by_when is not None) << 6
    pushed = bytes([first | len(claim.after) << 4 | has_words << 3])
    pushed += push_amount(claim.quantity.amount) if claim.quantity else b""
    pushed += push_time(claim.by_when) if claim.by_when is not None else b""
    return pushed + b"".join(claim.after)


def pull_terms(reader: Reader) -> Terms:
    """Return everything of a claim but its words."""
    first = reader.pull_byte()
    count = first >> 4 & 3
    if first & 7 or count > MAX_AFTER:
        raise FromLaterVersion
    amount = pull_amount(reader) if first & 0x80 else None
    by_when = _pull_known_time(reader) if first & 0x40 else None
    after = tuple(ClaimId(EntryId(reader.pull(SUBJECT_BYTES))) for _ in range(count))
    return Terms(amount, by_when, after, has_words=bool(first & 8))


def _push_window(window: TimeWindow | None) -> bytes:
    if window is None:
        return b""
    if window.ends_at is None:
        return push_time(window.starts_at)
    if not 0 <= window.ends_at - window.starts_at <= MAX_VARINT:
        raise RuleError("The time given ends before it starts; turn the two around.")
    return push_time(window.starts_at) + push_varint(window.ends_at - window.starts_at)


def _pull_window(reader: Reader, *, has_start: bool, has_end: bool) -> TimeWindow | None:
    if not has_start:
        if has_end:
            raise WireError("A time ends that never starts; the entry was ignored.")
        return None
    starts_at = _pull_known_time(reader)
    return TimeWindow(starts_at, starts_at + reader.pull_varint() if has_end else None)


def _pull_known_time(reader: Reader) -> int:
    time_s = pull_time(reader)
    if time_s is None:
        raise WireError("A time is said to be there and is not; the entry was ignored.")
    return time_s
