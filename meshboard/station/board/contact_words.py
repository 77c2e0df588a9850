"""Say how a post's contact stands: to its poster, to whom it was handed, and to everybody else."""

from meshboard.domain.entries import Entry
from meshboard.domain.merge import ClaimRecord, PostRecord
from meshboard.domain.people import ActorKind
from meshboard.domain.standing import PostStanding, is_all_confirmed
from meshboard.domain.views import ContactView, PersonView, ReaderView
from meshboard.ledger.board.contacts_kept import Contact
from meshboard.station.board.viewpoint import Viewpoint, person, station_name

GONE = "It was handed to you, but nobody can open it any more: keys go when claims close, or were lost."


def view_contact(
    record: PostRecord, standing: PostStanding, eye: Viewpoint, kept: Contact | None, text: str | None
) -> ContactView | None:
    """Return how the poster can be reached; `kept` and `text` are what the viewer may know of it.

    None as text: it was not looked for, as in a list.
    """
    readers = tuple(_reader(claim, entry, eye) for claim in record.claims for entry in claim.handed[-1:])
    if not record.content.has_contact and not readers:
        return None
    is_poster = eye.viewer == record.entry.actor and record.entry.author == eye.own_log.author
    return ContactView(
        text=text or "",
        sentence=(
            _to_poster(record, standing, eye, kept, readers)
            if is_poster
            else _to_others(record, eye, text, standing)
        ),
        readers=readers,
        is_handed_unasked=bool(is_poster and kept and kept.accepts_members),
    )


def accepting_words(record: PostRecord, claim: ClaimRecord, eye: Viewpoint) -> str:
    """Return who will be able to read the contact once this claim is accepted; empty where there is none."""
    if not record.content.has_contact or claim.accepted:
        return ""
    station = station_name(claim.entry.author, eye)
    if claim.entry.actor.kind is ActorKind.MEMBER:
        return f"Accepting hands your contact to {station}, and to nobody else."
    who = person(claim.entry, claim.claimed.signed_as, eye).name
    return (
        f"Accepting hands your contact to the station {station}, through which {who} spoke: "
        f"whoever keeps {station} can read it too."
    )


def _reader(claim: ClaimRecord, handed: Entry, eye: Viewpoint) -> ReaderView:
    who: PersonView = person(claim.entry, claim.claimed.signed_as, eye)
    return ReaderView(claim.id, who, station_name(claim.entry.author, eye), handed.stamp.time_s)


def _to_poster(
    record: PostRecord,
    standing: PostStanding,
    eye: Viewpoint,
    kept: Contact | None,
    readers: tuple[ReaderView, ...],
) -> str:
    if not record.content.has_contact:
        return "You took it back; whoever it was handed to may have read it."
    if not standing.state.is_live:
        return "The post is over: the contact is kept here no longer."
    if is_all_confirmed(standing):
        return "You confirmed that it is done: the contact is kept here no longer."
    if kept is None:
        return "It is not kept at this station. Give it again to hand it over."
    waiting = [claim for claim in record.claims if claim.accepted and not claim.handed and not claim.released]
    if waiting:
        names = ", ".join(station_name(claim.entry.author, eye) for claim in waiting)
        return f"It goes to {names} as soon as a key of that station has come."
    if readers:
        return "Kept here; anybody else gets it only when you accept them."
    if kept.accepts_members:
        return "It goes to the first member who takes this, without asking you."
    return "Nobody has it yet: it goes to whom you accept."


def _to_others(record: PostRecord, eye: Viewpoint, text: str | None, standing: PostStanding) -> str:
    if text:
        return "Handed to you alone; it is gone from here when your claim closes."
    mine = [
        claim
        for claim in record.claims
        if claim.entry.actor == eye.viewer and claim.entry.author == eye.own_log.author
    ]
    if any(claim.handed for claim in mine):
        return GONE if text is not None else "Handed to you: open the post to see it."
    if any(claim.accepted and not claim.released for claim in mine) and standing.state.is_live:
        return "You are accepted; it comes as soon as the poster's station has heard of your claim key."
    return "The poster hands it to whom they accept."
