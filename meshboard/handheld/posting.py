"""Posting: the amount, the place, the urgency and the category in the words of a post."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from meshboard.domain.categories import guess_category
from meshboard.domain.posts import DEFAULT_LIFETIME, PostContent, PostKind, Quantity, Urgency
from meshboard.handheld.vocabulary import TIME_UNITS, UNIT_OF

PEOPLE = UNIT_OF["ppl"]

_AMOUNT = re.compile(r"(?<!\S)(\d{1,7}(?:[.,]\d{1,2})?)(?:\s*([^\W\d_]+))?(?=$|[\s,;.!?)])")
_PLACE = re.compile(r"(?:^|\s)@\s*([^,]+)(?:,|$)")
_TIME = re.compile(r"\d{1,2}([:.]?\d\d)?\s*([ap]m?)?[!?.]*", re.IGNORECASE)
_URGENCY_OF = {
    "urgent": Urgency.HIGH,
    "urgently": Urgency.HIGH,
    "asap": Urgency.HIGH,
    "emergency": Urgency.CRITICAL,
    "critical": Urgency.CRITICAL,
    "sos": Urgency.CRITICAL,
    "urgente": Urgency.HIGH,
    "urge": Urgency.HIGH,
    "emergencia": Urgency.CRITICAL,
}
_LOOSE_ENDS = " ,;:-+!"


@dataclass(frozen=True, slots=True)
class _Found:
    quantity: Quantity
    start: int
    end: int


def content_of(kind: PostKind, body: str, at_least: Urgency = Urgency.NORMAL) -> PostContent:
    """Return what a post typed as one line says; the words themselves stay as they were typed.

    The amount and the urgency leave the text where they stand at its start or end, so that they are not
    said twice; in the middle of a sentence they stay.
    """
    text, place = _without_place(body)
    text, urgency = _without_urgency(kind, text, at_least)
    text, quantity = _without_amount(kind, text)
    if quantity is None and place:
        place, quantity = _amount_after_place(place)
    return PostContent(
        kind=kind,
        category=guess_category(kind, body),
        urgency=urgency,
        text=text or body,
        quantity=quantity,
        place=place,
        lifetime_hours=DEFAULT_LIFETIME[urgency] // timedelta(hours=1),
    )


def amount_in(line: str) -> Quantity | None:
    """Return the first amount in a line, None when it has none; the unit is empty where none was said."""
    for found in _AMOUNT.finditer(line):
        unit = (found[2] or "").casefold()
        if unit not in TIME_UNITS:
            return Quantity(_decimal(found[1]), UNIT_OF.get(unit, ""))
    return None


def _without_place(body: str) -> tuple[str, str]:
    found = _PLACE.search(body)
    if found is None or _TIME.fullmatch(found[1].strip()):
        return body, ""
    before, after = body[: found.start()].strip(), body[found.end() :].strip()
    return ", ".join(part for part in (before, after) if part), found[1].strip(_LOOSE_ENDS)


def _without_urgency(kind: PostKind, text: str, at_least: Urgency) -> tuple[str, Urgency]:
    words = text.split()
    marks = [_URGENCY_OF[bare] for word in words if (bare := word.strip(".,;:!").casefold()) in _URGENCY_OF]
    # people end a kind offer with "!" too; only asking is made more urgent by it
    if kind is not PostKind.OFFER and (text.startswith("!") or text.endswith("!")):
        marks.append(Urgency.HIGH)
    while len(words) > 1 and words[0].strip(".,;:!").casefold() in _URGENCY_OF:
        del words[0]
    while len(words) > 1 and words[-1].strip(".,;:!").casefold() in _URGENCY_OF:
        del words[-1]
    return " ".join(words).strip(_LOOSE_ENDS), max([at_least, *marks])


def _without_amount(kind: PostKind, text: str) -> tuple[str, Quantity | None]:
    found = next(_amounts(kind, text), None)
    if found is None:
        return text, None
    if found.start == 0:
        return re.sub(r"^of\s+", "", text[found.end :].strip(_LOOSE_ENDS)), found.quantity
    if found.end == len(text):
        return text[: found.start].strip(_LOOSE_ENDS), found.quantity
    return text, found.quantity


def _amounts(kind: PostKind, text: str) -> Iterator[_Found]:
    """Find the amounts of a post: a number with a known unit, or one that begins the text (`5 blankets`)."""
    for found in _AMOUNT.finditer(text):
        typed = (found[2] or "").casefold()
        unit = UNIT_OF.get(typed)
        if unit and (kind is not PostKind.TASK or unit == PEOPLE):
            yield _Found(Quantity(_decimal(found[1]), unit), found.start(), found.end())
        elif found.start() == 0 and typed and typed not in TIME_UNITS:
            unit = PEOPLE if kind is PostKind.TASK else ""
            yield _Found(Quantity(_decimal(found[1]), unit), 0, found.end(1))


def _amount_after_place(place: str) -> tuple[str, Quantity | None]:
    """Split `5th&oak 5 gal`: people put the amount last."""
    for found in _AMOUNT.finditer(place):
        unit = UNIT_OF.get((found[2] or "").casefold())
        if unit and found.start() > 0 and found.end() == len(place):
            return place[: found.start()].strip(_LOOSE_ENDS), Quantity(_decimal(found[1]), unit)
    return place, None


def _decimal(typed: str) -> Decimal:
    return Decimal(typed.replace(",", "."))
