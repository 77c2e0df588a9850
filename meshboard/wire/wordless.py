"""Facts without words as the rest of an entry, and back (docs/protocol.md, section 3)."""

from collections.abc import Callable
from dataclasses import dataclass

from meshboard.domain.circle_facts import (
    AuthorVouched,
    EpochBegun,
    InviteClosed,
    InviteMade,
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
    PostFlagged,
    PostWithdrawn,
)
from meshboard.domain.ids import MEMBER_KEY_BYTES, ClaimId, EntryId, EpochId, PostId
from meshboard.domain.people import ActorKind
from meshboard.errors import WireError
from meshboard.wire.bodies import SUBJECT_BYTES
from meshboard.wire.circle_bodies import (
    INVITE_KEY_BYTES,
    PROOF_BYTES,
    X25519_KEY_BYTES,
    checked_sealed,
    exactly,
    pull_epoch_begun,
    pull_flag,
    pull_invite_closed,
    pull_invite_made,
    pull_member,
    pull_vouch_withdrawn,
    push_epoch_begun,
    push_invite_closed,
    push_invite_made,
    push_vouch_withdrawn,
)
from meshboard.wire.cursor import Reader
from meshboard.wire.kinds import FactKind


@dataclass(frozen=True, slots=True)
class WordlessParts:
    """What the header and the rest of an entry give to read its fact from."""

    kind: int
    subject: EntryId | None
    actor_kind: ActorKind
    codec: int
    is_salted: bool
    body: bytes
    """The rest of the entry after its salt."""


def push_wordless(fact: Fact) -> bytes:
    """Return the body of a fact without words; empty for those that say all by their kind."""
    match fact:
        case InviteMade():
            return push_invite_made(fact)
        case StationJoined(invite_key=invite_key, proof=proof):
            return exactly(invite_key, INVITE_KEY_BYTES, "invite's key") + exactly(
                proof, PROOF_BYTES, "proof"
            )
        case InviteClosed():
            return push_invite_closed(fact)
        case AuthorVouched(member=member, after=after):
            epoch = b"" if after is None else exactly(after, SUBJECT_BYTES, "epoch's id")
            return exactly(member, MEMBER_KEY_BYTES, "member's key") + epoch
        case VouchWithdrawn():
            return push_vouch_withdrawn(fact)
        case EpochBegun():
            return push_epoch_begun(fact)
        case ClaimKeyOffered(key=key):
            return exactly(key, X25519_KEY_BYTES, "claim key")
        case ContactHanded(sealed=sealed):
            return checked_sealed(sealed)
        case PostFlagged(is_flagged=is_flagged):
            return bytes([is_flagged])
        case _:
            return b""


def pull_wordless(parts: WordlessParts, reader: Reader) -> Fact:
    """Return a fact of a kind that has no words."""
    fact = _PULLED[FactKind(parts.kind)](parts, reader)
    reader.expect_end()
    return fact


def post_of(parts: WordlessParts) -> PostId:
    """Return the post a fact is about."""
    return PostId(_subject(parts))


def claim_of(parts: WordlessParts) -> ClaimId:
    """Return the claim a fact is about."""
    return ClaimId(_subject(parts))


def _subject(parts: WordlessParts) -> EntryId:
    if parts.subject is None:
        raise WireError("An entry does not say what it is about; it was ignored.")
    return parts.subject


_PULLED: dict[FactKind, Callable[[WordlessParts, Reader], Fact]] = {
    FactKind.POST_WITHDRAWN: lambda parts, _: PostWithdrawn(post_of(parts)),
    FactKind.CLAIM_ACCEPTED: lambda parts, _: ClaimAccepted(claim_of(parts)),
    FactKind.CLAIM_RELEASED: lambda parts, _: ClaimReleased(claim_of(parts)),
    FactKind.CLAIM_DELIVERED: lambda parts, _: ClaimDelivered(claim_of(parts)),
    FactKind.CLAIM_CONFIRMED: lambda parts, _: ClaimConfirmed(claim_of(parts)),
    FactKind.INVITE_MADE: lambda _, reader: pull_invite_made(reader),
    FactKind.STATION_JOINED: lambda _, reader: StationJoined(
        reader.pull(INVITE_KEY_BYTES), reader.pull(PROOF_BYTES)
    ),
    FactKind.INVITE_CLOSED: lambda _, reader: pull_invite_closed(reader),
    FactKind.AUTHOR_VOUCHED: lambda _, reader: AuthorVouched(
        pull_member(reader), EpochId(reader.pull(SUBJECT_BYTES)) if reader.left else None
    ),
    FactKind.VOUCH_WITHDRAWN: lambda _, reader: pull_vouch_withdrawn(reader),
    FactKind.EPOCH_BEGUN: lambda _, reader: pull_epoch_begun(reader),
    FactKind.CLAIM_KEY_OFFERED: lambda _, reader: ClaimKeyOffered(reader.pull(X25519_KEY_BYTES)),
    FactKind.CONTACT_HANDED: lambda parts, reader: ContactHanded(
        claim_of(parts), checked_sealed(reader.pull_rest())
    ),
    FactKind.POST_FLAGGED: lambda parts, reader: PostFlagged(post_of(parts), pull_flag(reader)),
}
