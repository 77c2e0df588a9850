"""Turns what the ledger knows into what a screen shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from meshboard.domain.entries import (
    ClaimAccepted,
    ClaimConfirmed,
    ClaimDelivered,
    ClaimReleased,
    Entry,
    LogId,
    PostClaimed,
    PostEdited,
    PostNoted,
    PostPublished,
    PostWithdrawn,
)
from meshboard.domain.ids import AuthorId, EntryId, PostId
from meshboard.domain.merge import PostRecord
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.posts import PostContent, PostKind, Quantity
from meshboard.domain.rules import may_speak_for, own_claim
from meshboard.domain.standing import ClaimStanding, ClaimState, PostStanding, PostState, stand
from meshboard.domain.text import shown_line
from meshboard.domain.views import Action, ClaimView, HistoryLine, PersonView, PostView


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Who looks, from where, and what they know of names and of what travelled."""

    own_log: LogId
    """The log of the station at which they look."""
    viewer: Actor
    station_names: Mapping[AuthorId, str]
    now_s: int | None
    codes: Mapping[PostId, str]
    heard_by: Mapping[PostId, int]
    sent_through: int
    """Own entries up to this number were handed to the radio."""


def view_post(record: PostRecord, eye: Viewpoint, *, with_history: bool = False) -> PostView:
    """Return one post as the viewer sees it."""
    standing = stand(record, eye.now_s)
    mine = own_claim(eye.viewer, standing)
    carried = mine if mine and mine.state in (ClaimState.PROMISED, ClaimState.DELIVERED) else None
    is_mine = may_speak_for(eye.viewer, eye.own_log.author, record.entry)
    return PostView(
        id=record.id,
        code=eye.codes[record.id],
        content=_safe(record.content),
        standing=standing,
        who=_person(record.entry, record.published.signed_as, eye),
        posted_at=record.entry.stamp.time_s,
        claims=_claims(record, standing, eye),
        heard_by=eye.heard_by.get(record.id, 0),
        is_sent=_is_sent(record, eye),
        is_mine=is_mine,
        my_claim=carried.record.id if carried else None,
        actions=tuple(_actions(record, standing, carried, is_mine)),
        history=_history(record, eye) if with_history else (),
    )


def _is_sent(record: PostRecord, eye: Viewpoint) -> bool:
    own = (entry.number for entry in record.history if entry.log == eye.own_log)
    return max(own, default=0) <= eye.sent_through


def quantity_words(quantity: Quantity | None, unit: str | None = None) -> str:
    """Return `5 gal`, `3`, or nothing; `unit` stands in where a claim leaves it to the post."""
    if quantity is None:
        return ""
    return f"{plain_number(quantity.amount)} {shown_line(quantity.unit or unit or '')}".rstrip()


def plain_number(amount: Decimal) -> str:
    """Return an amount without exponent or trailing zeros: `5`, `2.5`, `300`."""
    return f"{amount.normalize():f}"


def _safe(content: PostContent) -> PostContent:
    """Return the content with words that are safe for a screen, whoever wrote them."""
    quantity = content.quantity and Quantity(content.quantity.amount, shown_line(content.quantity.unit))
    return PostContent(
        kind=content.kind,
        category=content.category,
        urgency=content.urgency,
        text=shown_line(content.text),
        quantity=quantity,
        place=shown_line(content.place),
        window=content.window,
        lifetime_hours=content.lifetime_hours,
        tags=tuple(shown_line(tag) for tag in content.tags),
        hand_off=content.hand_off,
        has_contact=content.has_contact,
    )


def _person(entry: Entry, signed_as: str, eye: Viewpoint) -> PersonView:
    station = shown_line(eye.station_names.get(entry.log.author, "")) or "a station not yet introduced"
    is_me = entry.actor == eye.viewer
    if entry.actor.kind is ActorKind.MEMBER:
        return PersonView(station, "", is_me)
    unnamed = "somebody" if entry.actor.kind is ActorKind.WALK_UP else "a handheld"
    return PersonView(shown_line(signed_as) or unnamed, station, is_me)


def _claims(record: PostRecord, standing: PostStanding, eye: Viewpoint) -> tuple[ClaimView, ...]:
    views = []
    waiting = 0
    for claim in standing.claims:
        waiting += claim.is_waiting
        who = _person(claim.record.entry, claim.record.claimed.signed_as, eye)
        views.append(
            ClaimView(
                id=claim.record.id,
                who=who,
                standing=claim,
                quantity=quantity_words(claim.record.claimed.quantity, _unit(record)),
                note=shown_line(claim.record.claimed.note),
                made_at=claim.record.entry.stamp.time_s,
                line_place=waiting if claim.is_waiting else None,
                sentence=_claim_sentence(record, claim, who, waiting),
            )
        )
    return tuple(views)


def _unit(record: PostRecord) -> str:
    return record.content.quantity.unit if record.content.quantity else ""


def _share(record: PostRecord, amount: Decimal) -> str:
    if record.content.quantity is None:
        return "this"
    return quantity_words(Quantity(amount, _unit(record)))


def _claim_sentence(record: PostRecord, claim: ClaimStanding, who: PersonView, waiting: int) -> str:
    name, has = ("You", "have") if who.is_me else (str(who), "has")
    if claim.state is ClaimState.RELEASED:
        return f"{name} gave the claim back."
    if claim.is_stale:
        return f"{name} promised this for an earlier time; it is open again."
    place = f"number {waiting} in the waiting line"
    if claim.holds == 0:
        return f"{name} {'wait' if who.is_me else 'waits'}, {place}: others have all of it."
    words = f"{name} {has} {_share(record, claim.holds)}, {_progress(claim)}"
    rest = f"; waits for {_share(record, claim.waits)} more, {place}" if claim.is_waiting else ""
    return f"{words}{rest}."


def _progress(claim: ClaimStanding) -> str:
    record = claim.record
    if claim.is_inferred:
        return "taken as done: one side said so and nobody objected"
    if record.confirmed and record.delivered:
        return "delivered and confirmed"
    if record.confirmed:
        return "received, says the poster"
    if record.delivered:
        return "delivered, not confirmed yet"
    return "chosen by the poster" if record.accepted else "promised"


def _actions(
    record: PostRecord, standing: PostStanding, carried: ClaimStanding | None, is_mine: bool
) -> list[Action]:
    actions = []
    can_claim = standing.state.is_live and record.content.kind is not PostKind.NOTICE
    if can_claim and (carried is None or record.content.quantity is not None):
        actions.append(Action.CLAIM)
    if carried:
        actions.append(Action.RELEASE)
        if not carried.record.delivered:
            actions.append(Action.DELIVER)
    if is_mine:
        actions.extend(_poster_actions(standing))
    return [*actions, Action.NOTE]


def _poster_actions(standing: PostStanding) -> list[Action]:
    open_claims = [claim for claim in standing.claims if claim.state is not ClaimState.RELEASED]
    actions = []
    if any(not claim.record.confirmed for claim in open_claims):
        actions.append(Action.CONFIRM)
    if any(not claim.record.accepted and not claim.record.confirmed for claim in open_claims):
        actions.append(Action.ACCEPT)
    if standing.state.is_live or standing.state is PostState.EXPIRED:
        actions += [Action.EDIT, Action.WITHDRAW]
    return actions


def _history(record: PostRecord, eye: Viewpoint) -> tuple[HistoryLine, ...]:
    asked = {entry.id for entry in record.asked}
    claims: dict[EntryId, Entry] = {claim.id: claim.entry for claim in record.claims}
    lines = []
    for entry in record.history:
        sentence = _happening(entry, record, claims, eye)
        if sentence:
            who = _person(entry, _signed_as(entry, record, claims), eye)
            lines.append(HistoryLine(entry.stamp.time_s, who, sentence, is_request=entry.id in asked))
    return tuple(lines)


def _signed_as(entry: Entry, record: PostRecord, claims: Mapping[EntryId, Entry]) -> str:
    """Return the name an entry carries, or the one the same person used elsewhere on this post."""
    own = getattr(entry.fact, "signed_as", "")
    if own:
        return str(own)
    for other in (record.entry, *claims.values()):
        if other.actor == entry.actor:
            return str(getattr(other.fact, "signed_as", ""))
    return ""


def _happening(entry: Entry, record: PostRecord, claims: Mapping[EntryId, Entry], eye: Viewpoint) -> str:
    match entry.fact:
        case PostPublished():
            return "posted it"
        case PostEdited():
            return "changed what it says"
        case PostWithdrawn():
            return "took it back"
        case PostNoted(text=text):
            return f"noted: {shown_line(text)}"
        case PostClaimed(quantity=quantity, note=note):
            words = quantity_words(quantity, _unit(record)) or "it"
            return f"claimed {words}" + (f": {shown_line(note)}" if note else "")
        case ClaimReleased():
            return "gave the claim back"
        case ClaimDelivered():
            return "said it is delivered"
        case ClaimAccepted(claim=claim):
            return f"chose {_claimer(claim, record, claims, eye)}"
        case ClaimConfirmed(claim=claim):
            return f"confirmed what {_claimer(claim, record, claims, eye)} did"
        case _:
            return ""


def _claimer(claim: EntryId, record: PostRecord, claims: Mapping[EntryId, Entry], eye: Viewpoint) -> str:
    entry = claims.get(claim)
    return str(_person(entry, _signed_as(entry, record, claims), eye)) if entry else "a claim not yet seen"
