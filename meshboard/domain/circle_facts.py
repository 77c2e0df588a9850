"""Facts about the circle itself: who is in it, who vouched for whom, and which key holds."""

from dataclasses import dataclass

from meshboard.domain.ids import EpochId, InviteId, MemberKey, invite_id


@dataclass(frozen=True, slots=True)
class StationIntroduced:
    """A station says who it is: entry 1 of its log, or later to change its name."""

    name: str
    """What its member or place wants to be called."""
    box_key: bytes
    """Its X25519 public key, 32 bytes, to which epoch keys are sealed."""


@dataclass(frozen=True, slots=True)
class CircleFounded:
    """The circle's first entry, number 1 of its founder's log; the circle's id proves who that is."""

    name: str
    """What the founder's station wants to be called."""
    time_zone: str
    """The circle's IANA time zone, such as `America/Chicago`."""
    box_key: bytes


@dataclass(frozen=True, slots=True)
class InviteMade:
    """A member vouches for whoever shows this invite's key."""

    invite: InviteId
    uses: int
    """How many may join with it; 0 = any number."""
    expires_at: int | None
    """Unix seconds after which nobody joins with it; None = never."""


@dataclass(frozen=True, slots=True)
class StationJoined:
    """A station shows its invite: the invite's key has signed the station's author key."""

    invite_key: bytes
    """32 bytes, Ed25519."""
    proof: bytes
    """64 bytes by that key over circle and author (`trust.invite`); checked before the entry is believed."""

    @property
    def invite(self) -> InviteId:
        """The invite it shows."""
        return invite_id(self.invite_key)


@dataclass(frozen=True, slots=True)
class InviteClosed:
    """Nobody else joins with this invite: it is used up, expired, or void because others saw it."""

    invite: InviteId
    kept: tuple[MemberKey, ...]
    """Those who had joined with it and stay, at most MAX_NAMED."""


@dataclass(frozen=True, slots=True)
class AuthorVouched:
    """A member vouches for an author."""

    member: MemberKey
    after: EpochId | None = None
    """The epoch that removed them, where this takes them in again: a vouch for each such epoch."""


@dataclass(frozen=True, slots=True, order=True)
class Cut:
    """How far the log of an author who leaves still counts."""

    member: MemberKey
    incarnation: int
    number: int
    """The last entry that counts, with everything before it; 0 = nothing of this incarnation."""


@dataclass(frozen=True, slots=True)
class VouchWithdrawn:
    """A member takes back what they vouched; whoever stood by that alone stands no more."""

    member: MemberKey
    cuts: tuple[Cut, ...]
    """How far each of those it brings down still counts, at most MAX_NAMED; who is not named: not at all."""


@dataclass(frozen=True, slots=True)
class EpochBegun:
    """The circle has a new key, and some are no longer given it."""

    parent: EpochId
    """The epoch it follows."""
    commitment: bytes
    """COMMITMENT_BYTES bytes that only the right key has (`trust.circle`)."""
    removed: tuple[Cut, ...]
    """Who is out, at most MAX_REMOVED; empty when only the key changes."""


COMMITMENT_BYTES = 16
MAX_NAMED = 10
"""Authors named in one fact: so many fit one frame."""
MAX_REMOVED = 4
"""So few that nobody empties a circle with one entry."""


TrustFact = (
    StationIntroduced
    | CircleFounded
    | InviteMade
    | StationJoined
    | InviteClosed
    | AuthorVouched
    | VouchWithdrawn
    | EpochBegun
)
"""What `membership` reads: who is in the circle and which key holds."""
