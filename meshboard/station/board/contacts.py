"""Hands a post's contact over: only sealed, only to the station of a claim its poster accepted.

What is due is worked out anew each time from what the ledger holds (`settle`), so it does not matter when a
key arrives, which process accepted, or whether the station was restarted in between.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from meshboard.domain.commands import AcceptClaim, ClaimPost, Command
from meshboard.domain.entries import ClaimAccepted, ContactHanded, Fact, PostEdited
from meshboard.domain.ids import PostId
from meshboard.domain.merge import ClaimRecord, PostRecord
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.standing import ClaimState, is_all_confirmed, stand
from meshboard.domain.text import typed_line
from meshboard.errors import RuleError
from meshboard.ledger.board.contacts_kept import Contact
from meshboard.station.board.claim_keys import SEED_BYTES, ClaimKeys
from meshboard.station.circle.desk import Desk
from meshboard.trust.boxes import MAX_CONTACT_BYTES, seal_contact


class ContactDesk:
    """The contacts of one circle at this station."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._clock = desk.clock
        self._posts = desk.ledger.posts
        self._keys = ClaimKeys(desk)
        self._kept = desk.ledger.contacts
        self._circle = desk.circle.id
        self.waits_for_time = False
        """Whether something may become due although nothing is committed, as of the last look."""

    def give(self, post: PostId, text: str, actor: Actor, *, accepts_members: bool = False) -> None:
        """Keep a post's contact in place of the one before; who was handed that one is handed this too."""
        record = self._own_record(post, actor)
        words = clean_contact(text)
        if accepts_members and record.entry.actor.kind is not ActorKind.MEMBER:
            raise RuleError("Only a member's own post can hand its contact over without asking.")
        before = self._kept.of(self._circle, post)
        # said first: the running station forgets a contact as soon as its post says that there is none
        self._say_whether_reachable(record, is_reachable=True)
        self._kept.put(self._circle, Contact(post, words, accepts_members))
        if before is None or before.text != words:
            self._hand_again(record, words)
        self.settle()

    def remove(self, post: PostId, actor: Actor) -> None:
        """Forget a post's contact and say that there is none; who has read it has read it."""
        record = self._own_record(post, actor)
        self._kept.remove(self._circle, post)
        self._say_whether_reachable(record, is_reachable=False)

    def kept(self, post: PostId) -> Contact | None:
        """Return the contact of a post as typed here."""
        return self._kept.of(self._circle, post)

    def all_kept(self) -> Mapping[PostId, Contact]:
        """Return the contacts typed here, by their posts."""
        return {contact.post: contact for contact in self._kept.all(self._circle)}

    def prepare(self, command: Command, record: PostRecord | None) -> None:
        """Do what has to come before a command is written, or refuse it."""
        if record is None or not record.content.has_contact:
            return
        if isinstance(command, ClaimPost):
            self._keys.offer()
        poster = record.entry.actor
        is_strangers = poster.kind is ActorKind.WALK_UP and command.actor != poster
        if isinstance(command, AcceptClaim) and is_strangers:
            raise RuleError(
                "A contact goes with this. Only whoever posted it can accept, with the pick-up code: "
                "meshboard pick-up CODE"
            )

    def settle(self) -> None:
        """Hand over what is due, and destroy what nobody needs any more. Changes nothing the second time."""
        for _ in range(2):  # what is accepted here is to be handed over
            for act in self.due():
                act()

    def due(self) -> Sequence[Callable[[], None]]:
        """Return what is to be done now, to be called once the ledger is not being read any more."""
        with self._desk.ledger.reading():
            kept = self._kept.all(self._circle)
            acts = [act for contact in kept for act in self._due_for(contact)]
            acts += self._keys.due()
            if self._kept.is_lingering():
                acts.append(self._kept.overwrite)
            self.waits_for_time = bool(kept or acts or self._kept.keys(self._circle))
            return acts

    def read(self, record: PostRecord, viewer: Actor) -> str:
        """Return the contact of a post where the viewer may read it; empty where not, or not any more.

        That is whoever posted it, and whoever it was handed to: a person, not everybody at their station.
        """
        if viewer == record.entry.actor and record.entry.author == self._desk.author:
            kept = self._kept.of(self._circle, record.id)
            return kept.text if kept else ""
        handed = [
            entry
            for claim in record.claims
            if claim.entry.actor == viewer and claim.entry.author == self._desk.author
            for entry in claim.handed
        ]
        return next((text for entry in reversed(handed) if (text := self._keys.open(entry))), "")

    def _own_record(self, post: PostId, actor: Actor) -> PostRecord:
        record = self._posts.record(post)
        if record is None or actor != record.entry.actor or record.entry.author != self._desk.author:
            raise RuleError(
                "Only whoever posted it, at the station it was posted from, can change its contact."
            )
        if not stand(record, self._clock.wall_s()).state.is_live:
            raise RuleError("This post is over; nobody needs its contact any more.")
        return record

    def _say_whether_reachable(self, record: PostRecord, *, is_reachable: bool) -> None:
        if record.content.has_contact != is_reachable:
            content = replace(record.content, has_contact=is_reachable)
            self._desk.write(PostEdited(record.id, content), record.entry.actor)

    def _due_for(self, contact: Contact) -> Iterator[Callable[[], None]]:
        record = self._posts.record(contact.post)
        if record is None or not self._is_needed(record):
            yield partial(self._kept.remove, self._circle, contact.post)
            return
        first = self._first_member(record) if contact.accepts_members else None
        if first is not None:
            yield partial(self._write_if, _has_accepted_none, record, ClaimAccepted(first.id))
        for claim in record.claims:
            if _is_due(record, claim) and not claim.handed:
                yield from self._handing(record, claim, contact.text)

    def _is_needed(self, record: PostRecord) -> bool:
        if record.withdrawn or not record.content.has_contact:
            return False
        if any(_is_due(record, claim) and not claim.handed for claim in record.claims):
            return True
        standing = stand(record, self._clock.wall_s())
        return standing.state.is_live and not is_all_confirmed(standing)

    def _first_member(self, record: PostRecord) -> ClaimRecord | None:
        """Return the claim that ranks first, where it is a member's at a station of their own."""
        standings = stand(record, self._clock.wall_s()).claims
        if not standings or any(claim.record.accepted for claim in standings):
            return None
        first = standings[0]
        is_open = first.state is not ClaimState.RELEASED and first.holds > 0
        is_members = is_open and first.record.entry.actor.kind is ActorKind.MEMBER
        return first.record if is_members and self._is_member(first.record) else None

    def _is_member(self, claim: ClaimRecord) -> bool:
        return self._desk.membership().is_member(claim.entry.author)

    def _handing(self, record: PostRecord, claim: ClaimRecord, text: str) -> Iterator[Callable[[], None]]:
        """Yield what hands a contact over, where the key it goes to is known for sure."""
        key = self._keys.of(claim)
        if key is not None and self._is_member(claim):
            sealed = seal_contact(text, claim.id, key, secrets.token_bytes(SEED_BYTES))
            yield partial(
                self._write_if, partial(_is_unchanged, claim), record, ContactHanded(claim.id, sealed)
            )

    def _hand_again(self, record: PostRecord, text: str) -> None:
        for claim in record.claims:
            if _is_due(record, claim) and claim.handed:
                for act in self._handing(record, claim, text):
                    act()

    def _write_if(self, is_due: Callable[[PostRecord], bool], record: PostRecord, fact: Fact) -> None:
        """Write as the poster, unless another process was quicker."""
        with self._desk.writing():
            now = self._posts.record(record.id)
            if now is not None and is_due(now):
                self._desk.write(fact, record.entry.actor)


def _is_due(record: PostRecord, claim: ClaimRecord) -> bool:
    """Say whether the contact is for this claim: its poster accepted it, and it is not over.

    The poster in person: the keeper of a kiosk cannot give away what a walk-up said of themselves.
    """
    by_poster = claim.accepted is not None and claim.accepted.actor == record.entry.actor
    return by_poster and not claim.released and not claim.confirmed


def _has_accepted_none(record: PostRecord) -> bool:
    return not any(claim.accepted for claim in record.claims)


def _is_unchanged(claim: ClaimRecord, record: PostRecord) -> bool:
    """Say whether nothing more was handed to a claim meanwhile."""
    return any(one.id == claim.id and one.handed == claim.handed for one in record.claims)


def clean_contact(text: str) -> str:
    """Return a contact fit to keep and to seal, or raise RuleError."""
    words = typed_line(text, "contact", MAX_CONTACT_BYTES)
    if not words:
        raise RuleError("The contact is empty; say how to reach you.")
    return words
