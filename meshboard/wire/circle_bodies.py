"""The bodies of facts about the circle, its people and its keys as bytes, and back (docs/protocol.md, 3)."""

import re
from collections.abc import Sequence
from itertools import pairwise

from meshboard.domain.circle_facts import (
    COMMITMENT_BYTES,
    MAX_NAMED,
    MAX_REMOVED,
    Cut,
    EpochBegun,
    InviteClosed,
    InviteMade,
    VouchWithdrawn,
)
from meshboard.domain.ids import (
    INVITE_ID_BYTES,
    MEMBER_KEY_BYTES,
    EntryId,
    EpochId,
    InviteId,
    MemberKey,
)
from meshboard.errors import WireError
from meshboard.wire.bodies import SUBJECT_BYTES, pull_time, push_time
from meshboard.wire.cursor import Reader, push_varint

X25519_KEY_BYTES = 32  # RFC 7748
INVITE_KEY_BYTES = 32  # Ed25519, RFC 8032
PROOF_BYTES = 64
MAX_USES = 255  # one byte
MAX_TIME_ZONE_BYTES = 32  # the longest name of the IANA database: America/Argentina/ComodRivadavia
SEALED_OVERHEAD_BYTES = 48  # ephemeral key 32, synthetic initialisation vector 16
CONTACT_STEP_BYTES = 16
MAX_SEALED_BYTES = SEALED_OVERHEAD_BYTES + 64  # fits a frame of 231 with a walk-up's key; section 11
_TIME_ZONE = re.compile(r"[A-Za-z0-9_+\-/]*")


def exactly(value: bytes, size: int, what: str) -> bytes:
    """Return bytes of a fixed size as they are; WireError for another size, which cannot be sent."""
    if len(value) != size:
        raise WireError(f"The {what} has {len(value)} bytes instead of {size}; this entry cannot be made.")
    return value


def checked_time_zone(name: str) -> str:
    """Return the name of a time zone as it is; WireError for what no time zone is called."""
    if len(name) > MAX_TIME_ZONE_BYTES or not _TIME_ZONE.fullmatch(name):
        raise WireError("A circle's time zone is not the name of one; the entry was ignored.")
    return name


def push_invite_made(fact: InviteMade) -> bytes:
    """Return the body of an invite's making."""
    if not 0 <= fact.uses <= MAX_USES:
        raise WireError(f"An invite is for 0 to {MAX_USES} people; this entry cannot be made.")
    pushed = exactly(fact.invite, INVITE_ID_BYTES, "invite's id") + bytes([fact.uses])
    return pushed + push_time(fact.expires_at)


def pull_invite_made(reader: Reader) -> InviteMade:
    """Return an invite's making."""
    return InviteMade(pull_invite_id(reader), reader.pull_byte(), pull_time(reader))


def push_invite_closed(fact: InviteClosed) -> bytes:
    """Return the body of an invite's end."""
    _check_list(fact.kept, MAX_NAMED)
    kept = (exactly(member, MEMBER_KEY_BYTES, "member's key") for member in fact.kept)
    return exactly(fact.invite, INVITE_ID_BYTES, "invite's id") + b"".join(kept)


def pull_invite_closed(reader: Reader) -> InviteClosed:
    """Return an invite's end, with everything that is left as those who stay."""
    invite, kept = pull_invite_id(reader), []
    while reader.left:
        kept.append(pull_member(reader))
    _check_list(kept, MAX_NAMED)
    return InviteClosed(invite, tuple(kept))


def push_vouch_withdrawn(fact: VouchWithdrawn) -> bytes:
    """Return the body of a vouch's end."""
    return exactly(fact.member, MEMBER_KEY_BYTES, "member's key") + _push_cuts(fact.cuts, MAX_NAMED)


def pull_vouch_withdrawn(reader: Reader) -> VouchWithdrawn:
    """Return a vouch's end, with everything that is left as its cuts."""
    return VouchWithdrawn(pull_member(reader), _pull_cuts(reader, MAX_NAMED))


def push_epoch_begun(fact: EpochBegun) -> bytes:
    """Return the body of a new epoch."""
    parent = exactly(fact.parent, SUBJECT_BYTES, "epoch's id")
    commitment = exactly(fact.commitment, COMMITMENT_BYTES, "key's commitment")
    return parent + commitment + _push_cuts(fact.removed, MAX_REMOVED)


def pull_epoch_begun(reader: Reader) -> EpochBegun:
    """Return a new epoch, with everything that is left as those it removes."""
    parent = EpochId(EntryId(reader.pull(SUBJECT_BYTES)))
    return EpochBegun(parent, reader.pull(COMMITMENT_BYTES), _pull_cuts(reader, MAX_REMOVED))


def checked_sealed(sealed: bytes) -> bytes:
    """Return a sealed contact as it is; WireError for a size that none has."""
    padded = len(sealed) - SEALED_OVERHEAD_BYTES
    if padded <= 0 or padded % CONTACT_STEP_BYTES or len(sealed) > MAX_SEALED_BYTES:
        raise WireError("A contact has a size that none has; the entry was ignored.")
    return sealed


def pull_flag(reader: Reader) -> bool:
    """Return a yes or no of one byte."""
    said = reader.pull_byte()
    if said > 1:
        raise WireError("A flag is neither set nor taken back; the entry was ignored.")
    return bool(said)


def pull_member(reader: Reader) -> MemberKey:
    """Return the short name of an author."""
    return MemberKey(reader.pull(MEMBER_KEY_BYTES))


def pull_invite_id(reader: Reader) -> InviteId:
    """Return the name of an invite."""
    return InviteId(reader.pull(INVITE_ID_BYTES))


def _push_cuts(cuts: Sequence[Cut], limit: int) -> bytes:
    _check_list([cut.member for cut in cuts], limit)
    return b"".join(_push_cut(cut) for cut in cuts)


def _push_cut(cut: Cut) -> bytes:
    if not 0 <= cut.incarnation <= 255:
        raise WireError("A log's incarnation is out of bounds; this entry cannot be made.")
    member = exactly(cut.member, MEMBER_KEY_BYTES, "member's key")
    return member + bytes([cut.incarnation]) + push_varint(cut.number)


def _pull_cuts(reader: Reader, limit: int) -> tuple[Cut, ...]:
    cuts = []
    while reader.left:
        cuts.append(Cut(pull_member(reader), reader.pull_byte(), reader.pull_varint()))
    _check_list([cut.member for cut in cuts], limit)
    return tuple(cuts)


def _check_list(members: Sequence[MemberKey], limit: int) -> None:
    """Refuse what is too long, not in ascending order or names somebody twice."""
    if len(members) > limit:
        raise WireError(f"A fact names {len(members)} people and may name {limit}; the entry was ignored.")
    if any(before >= after for before, after in pairwise(members)):
        raise WireError("A fact names people out of order or twice; the entry was ignored.")
