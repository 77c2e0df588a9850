"""The kinds of facts: their numbers on the wire, and who states them (docs/protocol.md, section 3)."""

from enum import IntEnum

from meshboard.domain.circle_facts import (
    AuthorVouched,
    CircleFounded,
    EpochBegun,
    InviteClosed,
    InviteMade,
    StationIntroduced,
    StationJoined,
    VouchWithdrawn,
)
from meshboard.domain.entries import (
    ClaimAccepted,
    ClaimConfirmed,
    ClaimDelivered,
    ClaimKeyOffered,
    ClaimReleased,
    ContactHanded,
    Fact,
    PostClaimed,
    PostEdited,
    PostFlagged,
    PostNoted,
    PostPublished,
    PostWithdrawn,
    Unknown,
)
from meshboard.errors import WireError


class FactKind(IntEnum):
    """The numbers of the facts this version knows; 0 is none, 21 to 62 are for later ones."""

    POST_PUBLISHED = 1
    POST_EDITED = 2
    POST_WITHDRAWN = 3
    POST_NOTED = 4
    POST_CLAIMED = 5
    CLAIM_ACCEPTED = 6
    CLAIM_RELEASED = 7
    CLAIM_DELIVERED = 8
    CLAIM_CONFIRMED = 9
    CIRCLE_FOUNDED = 10
    STATION_INTRODUCED = 11
    INVITE_MADE = 12
    STATION_JOINED = 13
    INVITE_CLOSED = 14
    AUTHOR_VOUCHED = 15
    VOUCH_WITHDRAWN = 16
    EPOCH_BEGUN = 17
    CLAIM_KEY_OFFERED = 18
    CONTACT_HANDED = 19
    POST_FLAGGED = 20


TRUST_KINDS: frozenset[int] = frozenset(range(10, 18))
"""Kinds of the facts that membership is made of (`domain.vouching`)."""
MEMBER_KINDS: frozenset[int] = frozenset(range(10, 19))
"""Kinds that only a member states, for itself: never a walk-up or a handheld."""
_KIND_OF: dict[type, FactKind] = {
    StationIntroduced: FactKind.STATION_INTRODUCED,
    PostPublished: FactKind.POST_PUBLISHED,
    PostEdited: FactKind.POST_EDITED,
    PostWithdrawn: FactKind.POST_WITHDRAWN,
    PostNoted: FactKind.POST_NOTED,
    PostClaimed: FactKind.POST_CLAIMED,
    ClaimAccepted: FactKind.CLAIM_ACCEPTED,
    ClaimReleased: FactKind.CLAIM_RELEASED,
    ClaimDelivered: FactKind.CLAIM_DELIVERED,
    ClaimConfirmed: FactKind.CLAIM_CONFIRMED,
    CircleFounded: FactKind.CIRCLE_FOUNDED,
    InviteMade: FactKind.INVITE_MADE,
    StationJoined: FactKind.STATION_JOINED,
    InviteClosed: FactKind.INVITE_CLOSED,
    AuthorVouched: FactKind.AUTHOR_VOUCHED,
    VouchWithdrawn: FactKind.VOUCH_WITHDRAWN,
    EpochBegun: FactKind.EPOCH_BEGUN,
    ClaimKeyOffered: FactKind.CLAIM_KEY_OFFERED,
    ContactHanded: FactKind.CONTACT_HANDED,
    PostFlagged: FactKind.POST_FLAGGED,
}
MAX_KIND = 63  # six bits


def kind_of(fact: Fact) -> int:
    """Return the number of a fact's kind."""
    if not isinstance(fact, Unknown):
        return _KIND_OF[type(fact)]
    if not 0 <= fact.kind <= MAX_KIND:
        raise WireError(f"A fact's kind is 0 to {MAX_KIND}; this entry cannot be made.")
    return fact.kind
