"""Read what people type into fields: amounts and hours, forgiving about form, never guessing."""

from decimal import Decimal, InvalidOperation

from meshboard.domain.posts import Quantity
from meshboard.errors import RuleError


def typed_amount(typed: str, unit: str = "") -> Quantity | None:
    """Return a typed amount, None when nothing was typed; raises RuleError when it is not a number."""
    words = typed.strip().replace(",", ".")
    if not words:
        if unit.strip():
            raise RuleError(f"How many {unit.strip()}? Type a number, or take the unit out.")
        return None
    try:
        amount = Decimal(words)
    except InvalidOperation:
        raise RuleError(f"“{typed.strip()}” is not a number. Type one such as 5 or 2.5.") from None
    return Quantity(amount, unit.strip())


def typed_hours(typed: str, what: str) -> int:
    """Return typed hours (`36`, `36h`) or days (`3d`) as hours; raises RuleError with what to type."""
    words = typed.strip().casefold().replace(" ", "")
    digits = words.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = words[len(digits) :]
    if (
        not digits.isascii()
        or not digits.isdigit()
        or unit not in ("", "h", "hour", "hours", "d", "day", "days")
    ):
        raise RuleError(f"{what}: type a number of hours such as 36, or days such as 3d.")
    return int(digits) * (24 if unit.startswith("d") else 1)


def typed_tags(typed: str) -> tuple[str, ...]:
    """Return tags typed with commas between them."""
    return tuple(tag.strip() for tag in typed.split(",") if tag.strip())
