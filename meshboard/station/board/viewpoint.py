"""Who looks at a board, and how things are said to them."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from decimal import Decimal

from meshboard.domain.entries import Entry, LogId
from meshboard.domain.ids import AuthorId, PostId
from meshboard.domain.limits import Beyond, Counted, Excess
from meshboard.domain.merge import PostRecord
from meshboard.domain.people import Actor, ActorKind, Party
from meshboard.domain.posts import Quantity
from meshboard.domain.text import shown_line
from meshboard.domain.views import PersonView


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Who looks, from where, and what they know of names and of what travelled."""

    own_log: LogId
    """The log of the station at which they look."""
    viewer: Actor
    station_names: Mapping[AuthorId, str]
    """As they are shown (`Desk.station_names`)."""
    now_s: int | None
    codes: Mapping[PostId, str]
    heard_by: Mapping[PostId, int]
    sent_through: int
    """Own entries up to this number were handed to the radio."""
    beyond: Beyond = field(default_factory=Beyond)
    """Posts and promises that do not count for now (`limits`)."""
    muted: Set[tuple[AuthorId, Actor | None]] = frozenset()
    """Whom this station does not show; without an actor, everybody at that station."""

    def mutes(self, entry: Entry) -> bool:
        """Say whether this station does not show what an entry's actor says."""
        author = entry.author
        return author != self.own_log.author and (
            (author, None) in self.muted or (author, entry.actor) in self.muted
        )


_ONE: Mapping[Party, str] = {
    Party.MEMBER: "one member",
    Party.WALK_UP: "one walk-up",
    Party.STRANGER: "one unknown handheld",
}
_ALL: Mapping[Party, str] = {
    Party.MEMBER: "one member",
    Party.WALK_UP: "all walk-ups of one station together",
    Party.STRANGER: "all unknown handhelds of one station together",
}


def beyond_words(excess: Excess) -> str:
    """Return why something does not count: `beyond the 5 critical posts that boards show of one member`."""
    whose = _ALL[excess.party] if excess.is_of_all else _ONE[excess.party]
    verb = "count" if excess.counted is Counted.CLAIM else "boards show"
    return f"beyond the {excess.limit} {excess.counted.value} that {verb} of {whose}"


def quantity_words(quantity: Quantity | None, unit: str | None = None) -> str:
    """Return `5 gal`, `3`, or nothing; `unit` stands in where a claim leaves it to the post."""
    if quantity is None:
        return ""
    return f"{plain_number(quantity.amount)} {shown_line(quantity.unit or unit or '')}".rstrip()


def plain_number(amount: Decimal) -> str:
    """Return an amount without exponent or trailing zeros: `5`, `2.5`, `300`."""
    return f"{amount.normalize():f}"


def person(entry: Entry, signed_as: str, eye: Viewpoint) -> PersonView:
    """Return whom an entry speaks for; `signed_as` is the name it carries."""
    station = station_name(entry.author, eye)
    is_me = entry.actor == eye.viewer
    if entry.actor.kind is ActorKind.MEMBER:
        return PersonView(station, "", is_me)
    unnamed = "somebody" if entry.actor.kind is ActorKind.WALK_UP else "a handheld"
    return PersonView(shown_line(signed_as) or unnamed, station, is_me)


def station_name(author: AuthorId, eye: Viewpoint) -> str:
    """Return what a station is called, safe for a screen."""
    return shown_line(eye.station_names.get(author, "")) or "a station not yet introduced"


def unit_of(record: PostRecord) -> str:
    """Return what a post counts in, empty where it counts nothing."""
    quantity = record.content.quantity
    return quantity.unit if quantity else ""
