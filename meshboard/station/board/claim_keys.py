"""The keys to which contacts are sealed: a claimer offers one, and destroys it when no claim needs it."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress

from meshboard.domain.entries import ClaimKeyOffered, ContactHanded, Entry
from meshboard.domain.merge import ClaimRecord
from meshboard.domain.standing import ClaimState, stand
from meshboard.errors import TrustError
from meshboard.figures import CLAIM_KEY_FRESH_S, CLAIM_KEY_LIFE_S
from meshboard.ledger.board.contacts_kept import ClaimKey
from meshboard.station.circle.desk import Desk
from meshboard.trust.boxes import ClaimKeyPair

SEED_BYTES = 32


class ClaimKeys:
    """The claim keys of one circle: this station's own, and those that others offered."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._clock = desk.clock
        self._store = desk.store
        self._posts = desk.ledger.posts
        self._kept = desk.ledger.contacts
        self._circle = desk.circle.id

    def offer(self) -> None:
        """Offer a new claim key unless one of this log is held and younger than a week."""
        if not self._is_offer_due():
            return
        seed = secrets.token_bytes(SEED_BYTES)
        public = ClaimKeyPair(seed).public
        with self._desk.writing():
            self._kept.add_key(self._circle, ClaimKey(public, seed, self._clock.wall_s()))
            self._desk.write(ClaimKeyOffered(public), self._desk.member)

    def _is_offer_due(self) -> bool:
        offers = self._kept.offers(self._circle, self._desk.author)
        held = {key.public: key for key in self._kept.keys(self._circle)}
        if not offers or offers[-1].log != self._desk.read_log():
            return True
        key = held.get(_offered(offers[-1]))
        return key is None or _is_past(key, self._clock.wall_s())

    def due(self) -> Iterator[Callable[[], None]]:
        """Yield what destroys the keys under which no claim is open, and offers one where a claim waits."""
        claims = self._open_claims()
        keys = self._kept.keys(self._circle)
        if keys:
            needed = self._needed_keys(keys, [claim.entry for claim in claims])
            unneeded = [key.public for key in keys if key.public not in needed]
            if unneeded:
                yield lambda: self._kept.destroy_keys(self._circle, unneeded)
        if any(not claim.handed for claim in claims) and self._is_offer_due():
            yield self.offer

    def open(self, handed: Entry) -> str:
        """Return the contact handed over in an entry; empty where its key was destroyed."""
        assert isinstance(handed.fact, ContactHanded)
        for key in self._kept.keys(self._circle):
            with suppress(TrustError):
                return ClaimKeyPair(key.seed).open(handed.fact.sealed, handed.fact.claim)
        return ""

    def of(self, claim: ClaimRecord) -> bytes | None:
        """Return the key to seal to: the claimer's latest; None while a later one may be on its way."""
        offers = self._kept.offers(self._circle, claim.entry.author)
        if not offers:
            return None
        latest = offers[-1]
        assert isinstance(latest.fact, ClaimKeyOffered)
        is_sure = _place(latest) > _place(claim.entry) or self._holds_all_between(latest, claim.entry)
        return latest.fact.key if is_sure else None

    def _holds_all_between(self, first: Entry, last: Entry) -> bool:
        held = self._store.holdings().get(last.log)
        ranges = held.ranges if held is not None and first.log == last.log else ()
        return any(low <= first.number and last.number <= high for low, high in ranges)

    def _open_claims(self) -> list[ClaimRecord]:
        """Return the open claims made at this station on posts that have a contact to be had."""
        author, now_s = self._desk.author, self._clock.wall_s()
        posts = self._kept.carried_through(self._circle, author, now_s)
        return [
            claim.record
            for record in self._posts.records(posts).values()
            if record.content.has_contact or any(claim.handed for claim in record.claims)
            for claim in stand(record, now_s).claims
            if claim.record.entry.author == author and not claim.is_done
            and claim.state in (ClaimState.PROMISED, ClaimState.DELIVERED)
        ]  # fmt: skip

    def _needed_keys(self, keys: tuple[ClaimKey, ...], claims: list[Entry]) -> set[bytes]:
        """Return the keys to which a contact may still come, or has come and may still be read.

        A poster seals to the latest key they know of, which is not older than the claim's: so a key is needed
        as long as a claim is open that was made before the next key was offered.
        """
        now_s = self._clock.wall_s()
        offers = self._kept.offers(self._circle, self._desk.author)
        needed = {key.public for key in keys if _is_fresh(key, now_s)}
        for place, offer in enumerate(offers):
            following = _place(offers[place + 1]) if place + 1 < len(offers) else None
            if any(following is None or _place(claim) < following for claim in claims):
                needed.add(_offered(offer))
        return needed


def _place(entry: Entry) -> tuple[int, int]:
    return entry.log.incarnation, entry.number


def _offered(entry: Entry) -> bytes:
    assert isinstance(entry.fact, ClaimKeyOffered)
    return entry.fact.key


def _is_fresh(key: ClaimKey, now_s: int | None) -> bool:
    return key.made_at is not None and now_s is not None and 0 <= now_s - key.made_at < CLAIM_KEY_FRESH_S


def _is_past(key: ClaimKey, now_s: int | None) -> bool:
    """Say whether a key is to be replaced; without a sure clock it stays until its claims are closed."""
    return now_s is not None and (key.made_at is None or abs(now_s - key.made_at) >= CLAIM_KEY_LIFE_S)
