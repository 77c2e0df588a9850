"""What happened to a post, line by line."""

from collections import Counter
from collections.abc import Mapping

from meshboard.domain.entries import (
    ClaimAccepted,
    ClaimConfirmed,
    ClaimDelivered,
    ClaimReleased,
    ContactHanded,
    Entry,
    PostClaimed,
    PostEdited,
    PostFlagged,
    PostNoted,
    PostPublished,
    PostWithdrawn,
)
from meshboard.domain.ids import EntryId
from meshboard.domain.limits import notes_beyond
from meshboard.domain.merge import PostRecord
from meshboard.domain.people import ActorKind
from meshboard.domain.text import shown_line
from meshboard.domain.views import HistoryLine
from meshboard.station.board.viewpoint import (
    Viewpoint,
    beyond_words,
    person,
    quantity_words,
    station_name,
    unit_of,
)


def history(record: PostRecord, eye: Viewpoint) -> tuple[HistoryLine, ...]:
    """Return what happened to a post, oldest first, without notes that are muted or beyond the limits."""
    asked = {entry.id for entry in record.asked}
    claims: dict[EntryId, Entry] = {claim.id: claim.entry for claim in record.claims}
    hidden_notes = {note.id for note in record.notes if eye.mutes(note)} | notes_beyond(record.notes).keys()
    lines = []
    for entry in record.history:
        if entry.id in hidden_notes:
            continue
        sentence = _happening(entry, record, claims, eye)
        if sentence:
            who = person(entry, _signed_as(entry, record, claims), eye)
            lines.append(HistoryLine(entry.stamp.time_s, who, sentence, is_request=entry.id in asked))
    return tuple(lines)


def hidden_notes_words(record: PostRecord, eye: Viewpoint) -> str:
    """Return how many notes are not shown, and why; empty where all are."""
    muted = sum(eye.mutes(note) for note in record.notes)
    beyond = notes_beyond(record.notes)
    too_many = Counter(
        beyond_words(beyond[n.id]) for n in record.notes if n.id in beyond and not eye.mutes(n)
    )
    parts = [f"{count} {why}" for why, count in too_many.items()]
    parts += [f"{muted} by somebody you muted"] if muted else []
    return f"notes not shown: {', '.join(parts)}" if parts else ""


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
            words = quantity_words(quantity, unit_of(record)) or "it"
            return f"claimed {words}" + (f": {shown_line(note)}" if note else "")
        case ClaimReleased():
            return "gave the claim back"
        case ClaimDelivered():
            return "said it is delivered"
        case ClaimAccepted(claim=claim):
            return f"chose {_claimer(claim, record, claims, eye)}"
        case ClaimConfirmed(claim=claim):
            return f"confirmed what {_claimer(claim, record, claims, eye)} did"
        case ContactHanded(claim=claim):
            return f"handed the contact to {_station_of(claim, claims, eye)}"
        case PostFlagged(is_flagged=is_flagged):
            is_said = entry.actor.kind is ActorKind.MEMBER
            return ("flagged it" if is_flagged else "took the flag back") if is_said else ""
        case _:
            return ""


def _station_of(claim: EntryId, claims: Mapping[EntryId, Entry], eye: Viewpoint) -> str:
    entry = claims.get(claim)
    return station_name(entry.author, eye) if entry else "a station whose claim has not come"


def _claimer(claim: EntryId, record: PostRecord, claims: Mapping[EntryId, Entry], eye: Viewpoint) -> str:
    entry = claims.get(claim)
    return str(person(entry, _signed_as(entry, record, claims), eye)) if entry else "a claim not yet seen"
