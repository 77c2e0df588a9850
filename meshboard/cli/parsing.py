"""Reads what people type after a command: amounts and times."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import TypedDict

import typer

from meshboard.domain.posts import Quantity
from meshboard.errors import RuleError
from meshboard.figures import DAY_S, HOUR_S, MINUTE_S

_AMOUNT = re.compile(r"\s*(?P<amount>[-+]?\d+(?:[.,]\d+)?)(?![eE]?\d)\s*(?P<unit>.*?)\s*", re.DOTALL)
_SPAN = re.compile(r"\+?(?P<count>\d{1,4})\s*(?P<unit>min|m|h|d)", re.IGNORECASE)
_CLOCK = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d{2})")
_SPAN_S = {"m": MINUTE_S, "min": MINUTE_S, "h": HOUR_S, "d": DAY_S}


class OneOf(TypedDict):
    """What an option that takes one of a few words is made with."""

    parser: Callable[[str], IntEnum]
    metavar: str


def one_of(choices: type[IntEnum]) -> OneOf:
    """Return how to read one of an enum's names, written small and with dashes."""
    by_word = {choice.name.lower().replace("_", "-"): choice for choice in choices}
    words = "|".join(by_word)

    def read(typed: str) -> IntEnum:
        found = by_word.get(typed.strip().lower().replace("_", "-"))
        if found is None:
            raise typer.BadParameter(f"“{typed}” is none of {words}.")
        return found

    return OneOf(parser=read, metavar=f"[{words}]")


def parse_quantity(typed: str | None) -> Quantity | None:
    """Return `5 gal`, `5gal` or `2,5 kg` as a quantity; RuleError when there is no number."""
    if typed is None or not typed.strip():
        return None
    match = _AMOUNT.fullmatch(typed)
    if match is None:
        raise RuleError(f"“{typed}” is not a quantity. Write a number and a unit, such as: 5 gal.")
    return Quantity(Decimal(match["amount"].replace(",", ".")), match["unit"])


def parse_moment(typed: str | None, now_s: int | None) -> int | None:
    """Return `2h`, `90min`, `18:30` (the next one) or `2026-11-23 18:30` as Unix seconds, local time.

    Raises RuleError when it is none of these.
    """
    if typed is None or not typed.strip():
        return None
    words = typed.strip()
    if now_s is not None and (match := _SPAN.fullmatch(words)):
        return now_s + int(match["count"]) * _SPAN_S[match["unit"].lower()]
    if now_s is not None and (match := _CLOCK.fullmatch(words)):
        return _next_clock(int(match["hour"]), int(match["minute"]), now_s, typed)
    try:
        return int(datetime.fromisoformat(words).astimezone().timestamp())
    except (ValueError, OverflowError, OSError):
        raise RuleError(f"“{typed}” is not a time. Write 2h, 90min, 18:30 or 2026-11-23T18:30.") from None


def _next_clock(hour: int, minute: int, now_s: int, typed: str) -> int:
    now = datetime.fromtimestamp(now_s).astimezone()
    try:
        moment = now.replace(hour=hour, minute=minute, second=0)
    except ValueError:
        raise RuleError(f"“{typed}” is not a time of day. Write 00:00 to 23:59.") from None
    return int((moment if moment > now else moment + timedelta(days=1)).timestamp())
