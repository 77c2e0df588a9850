"""Turns what the ledger knows into what a screen shows."""

from decimal import Decimal

from meshboard.domain.ids import AuthorId
from meshboard.domain.limits import is_hidden_by_flags
from meshboard.domain.merge import PostRecord
from meshboard.domain.people import Actor
from meshboard.domain.posts import PostContent, PostKind, Quantity
from meshboard.domain.rules import may_speak_for, own_claim
from meshboard.domain.standing import ClaimStanding, ClaimState, PostStanding, PostState, stand
from meshboard.domain.text import shown_line
from meshboard.domain.views import Action, ClaimView, PersonView, PostView
from meshboard.ledger.board.contacts_kept import Contact
from meshboard.station.board.contact_words import accepting_words, view_contact
from meshboard.station.board.happenings import hidden_notes_words, history
from meshboard.station.board.viewpoint import Viewpoint, beyond_words, person, quantity_words, unit_of


def view_post(
    record: PostRecord,
    eye: Viewpoint,
    *,
    with_history: bool = False,
    kept: Contact | None = None,
    contact: str | None = None,
) -> PostView:
    """Return one post as the viewer sees it; `kept` and `contact` as in `view_contact`."""
    entry, beyond = record.entry, eye.beyond
    standing = stand(record, eye.now_s, beyond.claims)
    excess = beyond.posts.get(record.id)
    mine = own_claim(eye.viewer, standing)
    carried = mine if mine and mine.state in (ClaimState.PROMISED, ClaimState.DELIVERED) else None
    is_mine = may_speak_for(eye.viewer, eye.own_log.author, record.entry)
    return PostView(
        id=record.id,
        code=eye.codes[record.id],
        content=_safe(record.content),
        standing=standing,
        who=person(record.entry, record.published.signed_as, eye),
        posted_at=entry.stamp.time_s,
        claims=_claims(record, standing, eye),
        heard_by=eye.heard_by.get(record.id, 0),
        is_sent=_is_sent(record, eye),
        is_mine=is_mine,
        my_claim=carried.record.id if carried else None,
        actions=(
            *_actions(record, standing, carried, is_mine),
            *_care_actions(record, standing, eye, is_mine),
        ),
        history=history(record, eye) if with_history else (),
        contact=view_contact(record, standing, eye, kept, contact),
        flagged_by=tuple(person(flag, "", eye) for flag in record.flags),
        hidden="" if is_mine else _hidden(record, eye),
        beyond=f"{beyond_words(excess)}, until one of them closes" if excess else "",
        hidden_notes=hidden_notes_words(record, eye),
    )


def _hidden(record: PostRecord, eye: Viewpoint) -> str:
    if eye.mutes(record.entry):
        return "muted here"
    return f"hidden by {len(record.flags)} members" if is_hidden_by_flags(record) else ""


def _is_sent(record: PostRecord, eye: Viewpoint) -> bool:
    own = (entry.number for entry in record.history if entry.log == eye.own_log)
    return max(own, default=0) <= eye.sent_through


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


def _claims(record: PostRecord, standing: PostStanding, eye: Viewpoint) -> tuple[ClaimView, ...]:
    views = []
    waiting = 0
    for claim in standing.claims:
        waiting += claim.is_waiting
        entry, claimed = claim.record.entry, claim.record.claimed
        who = person(entry, claimed.signed_as, eye)
        views.append(
            ClaimView(
                id=claim.record.id,
                who=who,
                standing=claim,
                quantity=quantity_words(claimed.quantity, unit_of(record)),
                note=shown_line(claimed.note),
                made_at=entry.stamp.time_s,
                line_place=waiting if claim.is_waiting else None,
                sentence=_claim_sentence(record, claim, eye, who, waiting),
                on_accepting=accepting_words(record, claim.record, eye),
            )
        )
    return tuple(views)


def _share(record: PostRecord, amount: Decimal) -> str:
    if record.content.quantity is None:
        return "this"
    return quantity_words(Quantity(amount, unit_of(record)))


def _claim_sentence(
    record: PostRecord, claim: ClaimStanding, eye: Viewpoint, who: PersonView, waiting: int
) -> str:
    name, has = ("You", "have") if who.is_me else (str(who), "has")
    if claim.state is ClaimState.RELEASED:
        return f"{name} gave the claim back."
    if claim.is_stale:
        return f"{name} promised this for an earlier time; it is open again."
    place = f"number {waiting} in the waiting line"
    if claim.is_beyond:
        why = beyond_words(eye.beyond.claims[claim.record.id])
        return (
            f"What {name if not who.is_me else 'you'} promised is {why}: it holds nothing until others close."
        )
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


def _care_actions(record: PostRecord, standing: PostStanding, eye: Viewpoint, is_mine: bool) -> list[Action]:
    """Return what keeps a board in order: flags and mutes of the member here, the contact of the poster."""
    actions = []
    if eye.viewer == Actor.member(eye.own_log.author) and not is_mine:
        is_flagged = any(flag.log.author == eye.own_log.author for flag in record.flags)
        actions += [Action.UNFLAG if is_flagged else Action.FLAG, Action.MUTE]
    if eye.viewer == record.entry.actor and _is_of(record, eye.own_log.author) and standing.state.is_live:
        actions.append(Action.CONTACT)
    return actions


def _is_of(record: PostRecord, author: AuthorId) -> bool:
    return record.entry.author == author


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
