"""Entries: immutable authored facts, past tense; the unit of sync."""

from dataclasses import dataclass, field

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
from meshboard.domain.ids import AuthorId, CircleId, ClaimId, EntryId, PostId
from meshboard.domain.people import Actor
from meshboard.domain.posts import PostContent, Quantity


@dataclass(frozen=True, slots=True, order=True)
class LogId:
    """Names a log: the numbered entries of one author in one incarnation, within one circle."""

    author: AuthorId
    incarnation: int = 0
    """0 to 255; a restored copy of a station begins a new one, so that no number is written twice."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A hybrid logical stamp. The count orders, the time is shown.

    `count` is a Lamport counter (Lamport 1978): one more than the highest count this station held when
    it wrote the entry, so that no clock can win an order. At most MAX_COUNT; a log that lies about it
    can cost a few bytes, never a win over what was accepted or delivered.
    """

    count: int
    time_s: int | None
    """Unix seconds as the author believed them, None when it had no believable time."""


MAX_COUNT = 2**32 - 1


@dataclass(frozen=True, slots=True)
class PostPublished:
    """Somebody asked, offered, called for people or told something."""

    content: PostContent
    signed_as: str = ""
    """What the actor wants to be called, where it is not the station's own member; may be empty."""


@dataclass(frozen=True, slots=True)
class PostEdited:
    """The poster replaced what the post says. The last one in the poster's log holds."""

    post: PostId
    content: PostContent


@dataclass(frozen=True, slots=True)
class PostWithdrawn:
    """The poster took the post back, for good."""

    post: PostId


@dataclass(frozen=True, slots=True)
class PostNoted:
    """Somebody added a remark to a post."""

    post: PostId
    text: str
    signed_as: str = ""


@dataclass(frozen=True, slots=True)
class PostClaimed:
    """Somebody promised to do a post, or part of it."""

    post: PostId
    quantity: Quantity | None = None
    """How much; None = all that is left. The unit is the post's own."""
    note: str = ""
    by_when: int | None = None
    """Unix seconds; None = unsaid."""
    after: tuple[ClaimId, ...] = ()
    """The latest claims on this post its author had seen, at most MAX_AFTER: they make the order causal."""
    signed_as: str = ""


MAX_AFTER = 2


@dataclass(frozen=True, slots=True)
class ClaimAccepted:
    """The poster chose this claim."""

    claim: ClaimId


@dataclass(frozen=True, slots=True)
class ClaimReleased:
    """The claimer gave the claim back."""

    claim: ClaimId


@dataclass(frozen=True, slots=True)
class ClaimDelivered:
    """The claimer said it is done."""

    claim: ClaimId


@dataclass(frozen=True, slots=True)
class ClaimConfirmed:
    """The poster said it is done."""

    claim: ClaimId


@dataclass(frozen=True, slots=True)
class ClaimKeyOffered:
    """A station's X25519 public key for contacts, until its next one."""

    key: bytes
    """32 bytes."""


@dataclass(frozen=True, slots=True)
class ContactHanded:
    """The poster handed the contact of a post to the station a claim was made at, and to nobody else."""

    claim: ClaimId
    sealed: bytes
    """To that station's claim key (`trust.boxes`)."""


@dataclass(frozen=True, slots=True)
class PostFlagged:
    """A member thinks that a post should be hidden from everybody, or no longer."""

    post: PostId
    is_flagged: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact of a kind this version does not know: kept and relayed, not shown."""

    kind: int
    body: bytes


Fact = (
    StationIntroduced
    | PostPublished
    | PostEdited
    | PostWithdrawn
    | PostNoted
    | PostClaimed
    | ClaimAccepted
    | ClaimReleased
    | ClaimDelivered
    | ClaimConfirmed
    | CircleFounded
    | InviteMade
    | StationJoined
    | InviteClosed
    | AuthorVouched
    | VouchWithdrawn
    | EpochBegun
    | ClaimKeyOffered
    | ContactHanded
    | PostFlagged
    | Unknown
)
"""What an entry states."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact by one author: who, where in the log, when, for whom, what."""

    id: EntryId
    digest: bytes
    """The 32 bytes that stand for it; `id` is its head. Orders entries that share a number."""
    circle: CircleId
    log: LogId
    number: int
    """1, 2, 3 … within the log."""
    stamp: Stamp
    actor: Actor
    fact: Fact

    @property
    def author(self) -> AuthorId:
        """Whose log it is in."""
        return self.log.author


@dataclass(frozen=True, slots=True)
class SignedEntry:
    """An entry with the bytes that prove it, exactly as its author signed and sent them."""

    entry: Entry
    packed: bytes
    """The encoded entry without author key and signature (docs/protocol.md, "entry")."""
    signature: bytes
    """64 bytes of Ed25519 over digest and link; empty where the entry after it proves it."""
    link: bytes = b""
    """16 bytes that stand for everything before it in its log; empty where its author signed none."""
    salt_key: bytes = field(default=b"", compare=False, repr=False)
    """8 bytes from which its salt follows; empty where that is not known, or to be forgotten.

    Two copies of an entry, one with it and one without, are the same entry.
    """


def subject_of(fact: Fact) -> EntryId | None:
    """Return the post or claim a fact is about, None when it stands by itself."""
    match fact:
        case (
            PostEdited(post=post)
            | PostWithdrawn(post=post)
            | PostNoted(post=post)
            | PostClaimed(post=post)
            | PostFlagged(post=post)
        ):
            return post
        case (
            ClaimAccepted(claim=claim)
            | ClaimReleased(claim=claim)
            | ClaimDelivered(claim=claim)
            | ClaimConfirmed(claim=claim)
            | ContactHanded(claim=claim)
        ):
            return claim
        case _:
            return None
