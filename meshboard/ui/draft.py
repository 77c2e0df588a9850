"""A post being written: what stands in the form, and what it would say."""

from dataclasses import dataclass, replace

from meshboard.domain.posts import (
    DEFAULT_LIFETIME,
    Category,
    HandOff,
    PostContent,
    PostKind,
    Urgency,
)
from meshboard.domain.views import ContactView
from meshboard.errors import RuleError
from meshboard.figures import HOUR_S
from meshboard.ui.format import number
from meshboard.ui.typed import typed_amount, typed_hours, typed_tags


@dataclass(frozen=True, slots=True)
class PostDraft:
    """The form's fields as typed."""

    kind: PostKind = PostKind.NEED
    category: Category = Category.OTHER
    urgency: Urgency = Urgency.NORMAL
    text: str = ""
    amount: str = ""
    unit: str = ""
    place: str = ""
    hours: str = ""
    """Empty = what the urgency suggests."""
    tags: str = ""
    hand_off: HandOff = HandOff.UNSAID
    contact: str = ""
    """How to be reached; never part of what the post says."""
    goes_to_first: bool = False
    """Whether the contact goes to the first member who takes the post, without asking."""
    signed_as: str = ""
    """What a walk-up wants to be called."""
    edited: PostContent | None = None
    """What the post says now, when this changes one."""


def default_hours(urgency: Urgency) -> int:
    """Return how long a post of this urgency stays up when nobody says."""
    return int(DEFAULT_LIFETIME[urgency].total_seconds()) // HOUR_S


def draft_of(content: PostContent, contact: ContactView | None = None) -> PostDraft:
    """Return the form filled with what a post says, and with the contact its poster gave."""
    quantity = content.quantity
    return PostDraft(
        kind=content.kind,
        category=content.category,
        urgency=content.urgency,
        text=content.text,
        amount=number(quantity.amount) if quantity else "",
        unit=quantity.unit if quantity else "",
        place=content.place,
        hours=str(content.lifetime_hours),
        tags=", ".join(content.tags),
        hand_off=content.hand_off,
        contact=contact.text if contact else "",
        goes_to_first=bool(contact and contact.is_handed_unasked),
        edited=content,
    )


def content_of(draft: PostDraft) -> PostContent:
    """Return what the form says; raises RuleError with what to correct."""
    unit = draft.unit.strip()
    if draft.kind is PostKind.TASK and draft.amount.strip() and not unit:
        unit = "people"
    hours = typed_hours(draft.hours, "Hours up") if draft.hours.strip() else default_hours(draft.urgency)
    return _content(draft, hours=hours, unit=unit)


def rough_content(draft: PostDraft) -> PostContent:
    """Return what the form says as far as it can be read, for the byte count while typing."""
    try:
        return content_of(draft)
    except RuleError:
        return _content(replace(draft, amount="", unit=""), hours=default_hours(draft.urgency), unit="")


def is_changed(draft: PostDraft, first: PostDraft) -> bool:
    """Say whether typed words would be lost by closing the form."""

    def words(one: PostDraft) -> tuple[str, ...]:
        return one.text, one.amount, one.unit, one.place, one.tags, one.hours, one.contact, one.signed_as

    return draft != first if first.edited else words(draft) != words(first)


def _content(draft: PostDraft, *, hours: int, unit: str) -> PostContent:
    old = draft.edited
    return PostContent(
        kind=draft.kind,
        category=draft.category,
        urgency=draft.urgency,
        text=draft.text,
        quantity=typed_amount(draft.amount, unit),
        place=draft.place,
        window=old.window if old else None,
        lifetime_hours=hours,
        tags=typed_tags(draft.tags),
        hand_off=draft.hand_off,
        has_contact=old.has_contact if old else bool(draft.contact.strip()),
    )
