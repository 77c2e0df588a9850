"""Merge: what a set of entries means. A pure function of the set, whatever order they came in.

Nothing here asks what time it is; what depends on the time of day is in `standing`.
"""

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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
    subject_of,
)
from meshboard.domain.ids import AuthorId, ClaimId, EntryId, PostId
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.posts import PostContent
from meshboard.figures import CLOCK_QUANTUM_S


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """One claim and what has become of it."""

    id: ClaimId
    entry: Entry
    """The entry that made it; its fact is a PostClaimed."""
    accepted: Entry | None = None
    released: Entry | None = None
    delivered: Entry | None = None
    confirmed: Entry | None = None
    handed: tuple[Entry, ...] = ()
    """Each time the poster handed the contact to the station of this claim, oldest first."""

    @property
    def claimed(self) -> PostClaimed:
        """What was claimed."""
        assert isinstance(self.entry.fact, PostClaimed)
        return self.entry.fact

    @property
    def is_firm(self) -> bool:
        """Say whether no later arrival may displace it: accepted, delivered or confirmed."""
        return bool(self.accepted or self.delivered or self.confirmed)


@dataclass(frozen=True, slots=True)
class PostRecord:
    """One post and everything that is known of it, free of any clock."""

    id: PostId
    entry: Entry
    """The entry that published it; its fact is a PostPublished."""
    content: PostContent
    """What it says now, after the last edit."""
    edited: Entry | None
    withdrawn: Entry | None
    claims: tuple[ClaimRecord, ...]
    """In rank order, released ones last."""
    notes: tuple[Entry, ...]
    asked: tuple[Entry, ...]
    """What another station says a handheld asked for: shown, and of no effect until its own says so."""
    history: tuple[Entry, ...]
    """Every entry about this post, in causal order as far as the stamps tell."""
    flags: tuple[Entry, ...] = ()
    """The flag of each author who flags it now, in causal order."""

    @property
    def published(self) -> PostPublished:
        """What was first published."""
        assert isinstance(self.entry.fact, PostPublished)
        return self.entry.fact


def merge(entries: Iterable[Entry]) -> Mapping[PostId, PostRecord]:
    """Return every post the entries speak of; those about posts not yet known wait unseen."""
    known = _sound(entries)
    post_of_claim = {entry.id: entry.fact.post for entry in known if isinstance(entry.fact, PostClaimed)}
    about: dict[EntryId, list[Entry]] = defaultdict(list)
    for entry in known:
        subject = entry.id if isinstance(entry.fact, PostPublished) else subject_of(entry.fact)
        if subject is not None:
            about[post_of_claim.get(subject, subject)].append(entry)
    records = (merge_post(group) for group in about.values())
    return {record.id: record for record in records if record is not None}


def merge_post(entries: Iterable[Entry]) -> PostRecord | None:
    """Return the post these entries are about, or None while the one that published it is missing."""
    known = _sound(entries)
    origin = next((entry for entry in known if isinstance(entry.fact, PostPublished)), None)
    if origin is None:
        return None
    assert isinstance(origin.fact, PostPublished)
    by_poster = sorted((entry for entry in known if _speaks_for(entry, origin)), key=_place_in_log)
    edits = [
        (entry, entry.fact.content)
        for entry in by_poster
        if isinstance(entry.fact, PostEdited) and entry.fact.content.kind is origin.fact.content.kind
    ]
    claims = tuple(_claims(known, by_poster))
    return PostRecord(
        id=PostId(origin.id),
        entry=origin,
        content=edits[-1][1] if edits else origin.fact.content,
        edited=edits[-1][0] if edits else None,
        withdrawn=next((entry for entry in by_poster if isinstance(entry.fact, PostWithdrawn)), None),
        claims=rank(PostId(origin.id), origin, claims),
        notes=tuple(entry for entry in known if isinstance(entry.fact, PostNoted)),
        asked=tuple(_asked(known, origin, claims)),
        history=tuple(known),
        flags=tuple(_flags(known)),
    )


def _place_in_log(entry: Entry) -> tuple[int, int, bytes]:
    """Return where an author put an entry: no other member can disturb that, as they can the stamps."""
    return entry.log.incarnation, entry.number, entry.digest


def _flags(known: list[Entry]) -> Iterable[Entry]:
    """Return the flags that hold: the last word of each author, where it was not taken back.

    Only a station's own member flags: walk-ups and handhelds cost nothing to invent.
    """
    last: dict[AuthorId, Entry] = {}
    for entry in sorted(known, key=_place_in_log):
        if isinstance(entry.fact, PostFlagged) and entry.actor.kind is ActorKind.MEMBER:
            last[entry.log.author] = entry
    return (e for e in known if last.get(e.log.author) is e and _is_flag(e))


def _is_flag(entry: Entry) -> bool:
    return isinstance(entry.fact, PostFlagged) and entry.fact.is_flagged


def _sound(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries once each, in causal order; ids shared by collision go to the lowest digest."""
    by_id: dict[EntryId, Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry.digest):
        if speaks_truly(entry):
            by_id.setdefault(entry.id, entry)
    return sorted(by_id.values(), key=lambda entry: (entry.stamp.count, entry.digest))


def speaks_truly(entry: Entry) -> bool:
    """Say whether the author may speak for the actor: nobody speaks for another station's member."""
    return entry.actor.kind is not ActorKind.MEMBER or entry.actor == Actor.member(entry.log.author)


def _speaks_for(entry: Entry, origin: Entry) -> bool:
    """Say whether an entry has the rights of the person behind `origin`: it is from the same station."""
    return entry.log.author == origin.log.author


def _claims(known: list[Entry], by_poster: list[Entry]) -> Iterable[ClaimRecord]:
    accepted = _first_by_claim(by_poster, ClaimAccepted)
    confirmed = _first_by_claim(by_poster, ClaimConfirmed)
    for entry in known:
        if not isinstance(entry.fact, PostClaimed):
            continue
        is_confirmed = entry.id in confirmed  # the receiver's word outweighs a release that crossed it
        by_claimer = [other for other in known if _speaks_for(other, entry)]
        yield ClaimRecord(
            id=ClaimId(entry.id),
            entry=entry,
            accepted=accepted.get(entry.id),
            released=None if is_confirmed else _first_by_claim(by_claimer, ClaimReleased).get(entry.id),
            delivered=_first_by_claim(by_claimer, ClaimDelivered).get(entry.id),
            confirmed=confirmed.get(entry.id),
            handed=tuple(other for other in by_poster if _hands(other, entry.id)),
        )


def _hands(entry: Entry, claim: EntryId) -> bool:
    return isinstance(entry.fact, ContactHanded) and entry.fact.claim == claim


def _first_by_claim(
    entries: list[Entry],
    kind: type[ClaimAccepted | ClaimConfirmed | ClaimReleased | ClaimDelivered],
) -> dict[EntryId, Entry]:
    first: dict[EntryId, Entry] = {}
    for entry in entries:
        subject = subject_of(entry.fact)
        if isinstance(entry.fact, kind) and subject is not None:
            first.setdefault(subject, entry)
    return first


def _asked(known: list[Entry], origin: Entry, claims: tuple[ClaimRecord, ...]) -> Iterable[Entry]:
    """Yield what a handheld asked through another station, until one that may decide says the same."""
    claim_entries: dict[EntryId, Entry] = {claim.id: claim.entry for claim in claims}
    for entry in known:
        owner = _owner_of(entry, origin, claim_entries)
        if owner is None or _speaks_for(entry, owner) or entry.actor != owner.actor:
            continue
        repeated = any(_speaks_for(other, owner) and other.fact == entry.fact for other in known)
        if entry.actor.kind is ActorKind.HANDHELD and not repeated:
            yield entry


def _owner_of(entry: Entry, origin: Entry, claims: Mapping[EntryId, Entry]) -> Entry | None:
    """Return the entry whose maker alone may do what `entry` does, None where anybody may."""
    match entry.fact:
        case PostEdited() | PostWithdrawn() | ClaimAccepted() | ClaimConfirmed():
            return origin
        case ClaimReleased(claim=claim) | ClaimDelivered(claim=claim):
            return claims.get(claim)
        case _:
            return None


def rank(post: PostId, origin: Entry, claims: Iterable[ClaimRecord]) -> tuple[ClaimRecord, ...]:
    """Order claims: what the poster chose first, then what is delivered, then causal order, clock and hash.

    Poster's choices stand in the order of the poster's log. A clock that puts a claim before the post it
    answers is doubted and comes last; others are compared in steps of CLOCK_QUANTUM_S, so that a clock a
    little slow or fast decides nothing; hash(post, author) decides ties.
    """
    chosen: list[ClaimRecord] = []
    delivered: list[ClaimRecord] = []
    promised: list[ClaimRecord] = []
    released: list[ClaimRecord] = []
    for claim in _in_causal_order(post, origin, list(claims)):
        if claim.released:
            released.append(claim)
        elif claim.accepted or claim.confirmed:
            chosen.append(claim)
        else:
            (delivered if claim.delivered else promised).append(claim)
    chosen.sort(key=_choice_place)
    return (*chosen, *delivered, *promised, *released)


def _choice_place(claim: ClaimRecord) -> tuple[int, int, bytes]:
    choices = (choice for choice in (claim.accepted, claim.confirmed) if choice is not None)
    return min((choice.log.incarnation, choice.number, choice.digest) for choice in choices)


def _in_causal_order(post: PostId, origin: Entry, claims: list[ClaimRecord]) -> list[ClaimRecord]:
    """Sort topologically by `after`; among claims that did not know of each other, by clock and hash."""
    by_id = {claim.id: claim for claim in claims}
    waits_for = {claim.id: {seen for seen in claim.claimed.after if seen in by_id} for claim in claims}
    keys = {claim.id: _concurrent_key(post, origin, claim) for claim in claims}
    ready = [(keys[claim], claim) for claim, seen in waits_for.items() if not seen]
    heapq.heapify(ready)
    ordered = []
    while ready:
        _, claim = heapq.heappop(ready)
        ordered.append(by_id[claim])
        for later, seen in waits_for.items():
            if claim in seen:
                seen.discard(claim)
                if not seen:
                    heapq.heappush(ready, (keys[later], later))
    return ordered


def _concurrent_key(post: PostId, origin: Entry, claim: ClaimRecord) -> tuple[bool, int, bytes, bytes]:
    time_s, posted_s = claim.entry.stamp.time_s, origin.stamp.time_s
    believable = time_s is not None and (posted_s is None or time_s >= posted_s)
    step = (time_s - (posted_s or 0)) // CLOCK_QUANTUM_S if time_s is not None and believable else 0
    tie = hashlib.sha256(post + claim.entry.log.author).digest()
    return not believable, step, tie, claim.entry.digest
