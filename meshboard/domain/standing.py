"""Standing: what a post comes to at a given time — who holds what, who waits, whether it is done.

A function of a record and one time, so that stations asked at one common time answer alike.
"""

from collections.abc import Container
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from meshboard.domain.ids import ClaimId
from meshboard.domain.merge import ClaimRecord, PostRecord
from meshboard.domain.posts import PostKind
from meshboard.figures import HOUR_S, SILENT_CONSENT_S, STALE_GRACE_S


class PostState(Enum):
    """Where a post stands, in the word people see."""

    OPEN = "open"
    PARTLY_CLAIMED = "partly claimed"
    CLAIMED = "claimed"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @property
    def is_live(self) -> bool:
        """Say whether something can still be done about it."""
        return self in (PostState.OPEN, PostState.PARTLY_CLAIMED, PostState.CLAIMED)


class ClaimState(Enum):
    """Where a claim stands, in the word people see."""

    PROMISED = "promised"
    DELIVERED = "delivered"
    CONFIRMED = "confirmed"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class ClaimStanding:
    """One claim's share of a post."""

    record: ClaimRecord
    state: ClaimState
    holds: Decimal
    """How much of the post is this claimer's to do."""
    waits: Decimal
    """How much more was asked for than was left: the claimer's place in the waiting line."""
    is_stale: bool
    """True when its by-when and the grace after it have passed: its share is open again."""
    is_done: bool
    is_inferred: bool
    """True when done rests on one side's word and the other's silence."""
    is_beyond: bool = False
    """True when it holds nothing because its claimer has too many promises open (`limits`)."""

    @property
    def is_waiting(self) -> bool:
        """Say whether somebody else came first for all or part of it."""
        return self.waits > 0


@dataclass(frozen=True, slots=True)
class PostStanding:
    """What a post comes to at one time."""

    state: PostState
    is_inferred: bool
    """True when the state rests on somebody's silence."""
    wanted: Decimal
    """How much in all; 1 where no quantity was given."""
    held: Decimal
    done: Decimal
    left: Decimal
    """How much is nobody's yet."""
    claims: tuple[ClaimStanding, ...]
    expires_at: int | None
    """Unix seconds, None when the poster's clock was not known."""


def stand(record: PostRecord, now_s: int | None, beyond: Container[ClaimId] = frozenset()) -> PostStanding:
    """Return the standing at `now_s`; None = no believable time: nothing expires, nothing is inferred.

    `beyond` are promises that hold nothing for now, because their claimers have too many open (`limits`).
    """
    wanted = record.content.quantity.amount if record.content.quantity else Decimal(1)
    claims = _allot(record, wanted, now_s, beyond)
    held = sum((claim.holds for claim in claims), Decimal(0))
    finished = [claim for claim in claims if claim.is_done]
    done = sum((claim.holds for claim in finished), Decimal(0))
    expires_at = _expires_at(record)
    state = _state(
        record, wanted, held, done, expires_at is not None and now_s is not None and now_s >= expires_at
    )
    return PostStanding(
        state=state,
        is_inferred=state is PostState.DONE and any(claim.is_inferred for claim in finished),
        wanted=wanted,
        held=held,
        done=done,
        left=max(wanted - held, Decimal(0)),
        claims=claims,
        expires_at=expires_at,
    )


def is_all_confirmed(standing: PostStanding) -> bool:
    """Say whether the poster confirmed all that was wanted: then nobody needs to reach them any more."""
    return sum(claim.holds for claim in standing.claims if claim.record.confirmed) >= standing.wanted


def _expires_at(record: PostRecord) -> int | None:
    stamped = (record.edited or record.entry).stamp.time_s
    return None if stamped is None else stamped + record.content.lifetime_hours * HOUR_S


def _state(record: PostRecord, wanted: Decimal, held: Decimal, done: Decimal, is_past: bool) -> PostState:
    if record.content.kind is not PostKind.NOTICE and done >= wanted:
        return PostState.DONE
    if record.withdrawn:
        return PostState.WITHDRAWN
    if is_past:
        return PostState.EXPIRED
    if held >= wanted:
        return PostState.CLAIMED
    return PostState.PARTLY_CLAIMED if held > 0 else PostState.OPEN


def _allot(
    record: PostRecord, wanted: Decimal, now_s: int | None, beyond: Container[ClaimId]
) -> tuple[ClaimStanding, ...]:
    """Share the wanted amount out in rank order; firm claims keep theirs even beyond what is wanted."""
    left = wanted
    standings = []
    for claim in record.claims:
        stale = _is_stale(claim, now_s)
        asked = _asked_amount(claim, record, left)
        holds = asked if claim.is_firm else min(asked, max(left, Decimal(0)))
        is_beyond = claim.id in beyond
        if is_beyond:
            holds = Decimal(0)
        if claim.released or stale:
            asked = holds = Decimal(0)
        left -= holds
        done, inferred = _doneness(claim, now_s)
        standings.append(
            ClaimStanding(
                record=claim,
                state=_claim_state(claim),
                holds=holds,
                waits=asked - holds,
                is_stale=stale,
                is_done=done,
                is_inferred=inferred,
                is_beyond=is_beyond,
            )
        )
    return tuple(standings)


def _asked_amount(claim: ClaimRecord, record: PostRecord, left: Decimal) -> Decimal:
    """Return how much a claim asks for: all that is left, and at least one thing, where none was said."""
    if record.content.quantity is None:
        return Decimal(1)
    if claim.claimed.quantity is not None:
        return claim.claimed.quantity.amount
    return left if left > 0 else record.content.quantity.amount


def _is_stale(claim: ClaimRecord, now_s: int | None) -> bool:
    by_when = claim.claimed.by_when
    if by_when is None or now_s is None or claim.is_firm or claim.released:
        return False
    return now_s > by_when + STALE_GRACE_S


def _claim_state(claim: ClaimRecord) -> ClaimState:
    if claim.released:
        return ClaimState.RELEASED
    if claim.confirmed:
        return ClaimState.CONFIRMED
    return ClaimState.DELIVERED if claim.delivered else ClaimState.PROMISED


def _doneness(claim: ClaimRecord, now_s: int | None) -> tuple[bool, bool]:
    """Return (is done, is inferred): done needs both sides, or one side and SILENT_CONSENT_S of silence."""
    if claim.released:
        return False, False
    if claim.delivered and claim.confirmed:
        return True, False
    word = claim.delivered or claim.confirmed
    if word is None or word.stamp.time_s is None or now_s is None:
        return False, False
    consented = now_s >= word.stamp.time_s + SILENT_CONSENT_S
    return consented, consented
