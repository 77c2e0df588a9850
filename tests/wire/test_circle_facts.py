"""Facts about the circle: strict, in one form, and small enough for one frame."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.circle_facts import (
    MAX_NAMED,
    MAX_REMOVED,
    AuthorVouched,
    CircleFounded,
    Cut,
    EpochBegun,
    InviteClosed,
    InviteMade,
    StationIntroduced,
    VouchWithdrawn,
)
from meshboard.domain.entries import (
    ClaimKeyOffered,
    ContactHanded,
    Fact,
    LogId,
    PostFlagged,
    SignedEntry,
    Stamp,
    Unknown,
)
from meshboard.domain.ids import ClaimId, EntryId, EpochId, InviteId, MemberKey, PostId
from meshboard.domain.people import Actor, ActorKind
from meshboard.errors import WireError
from meshboard.trust.circle import make_circle
from meshboard.trust.identity import AuthorKey
from meshboard.trust.invite import make_invite, prove
from meshboard.wire.entry_bytes import Draft, is_authentic, pack_entry, sign_entry, unpack_entry
from meshboard.wire.kinds import TRUST_KINDS, FactKind, kind_of
from tests.support.entries.drawn import CIRCLE, KEY, circle_facts

INVITE = InviteId(b"theinvit")
CUTS = tuple(Cut(MemberKey(bytes([place]) * 8), 1, 20_000) for place in range(MAX_NAMED))
VISITOR = Actor(ActorKind.WALK_UP, b"visitor!")
NO_LIST_IS_LONGER: dict[str, Fact] = {
    "kept": InviteClosed(INVITE, tuple(MemberKey(bytes([place]) * 8) for place in range(MAX_NAMED + 1))),
    "cuts": VouchWithdrawn(MemberKey(bytes(8)), (*CUTS, Cut(MemberKey(b"\xff" * 8), 0, 1))),
    "removed": EpochBegun(EpochId(CIRCLE.id), bytes(16), CUTS[: MAX_REMOVED + 1]),
}
CANNOT_BE_MADE: dict[str, Fact] = NO_LIST_IS_LONGER | {
    "order": InviteClosed(INVITE, (MemberKey(b"b" * 8), MemberKey(b"a" * 8))),
    "twice": VouchWithdrawn(MemberKey(bytes(8)), (replace(CUTS[1], number=1), CUTS[1])),
    "uses": InviteMade(INVITE, 256, None),
    "incarnation": VouchWithdrawn(MemberKey(bytes(8)), (replace(CUTS[0], incarnation=256),)),
    "box key": StationIntroduced("Ana", bytes(31)),
    "no box key": CircleFounded("Ana", "UTC", b""),
    "time zone": CircleFounded("Ana", "UTC\u00a0", bytes(32)),
    "long time zone": CircleFounded("Ana", "A" * 33, bytes(32)),
    "parent": EpochBegun(EpochId(b"short"), bytes(16), ()),
    "commitment": EpochBegun(EpochId(CIRCLE.id), bytes(15), ()),
    "member": AuthorVouched(MemberKey(bytes(7))),
    "claim key": ClaimKeyOffered(bytes(31)),
    "contact": ContactHanded(ClaimId(EntryId(bytes(8))), bytes(65)),
    "long contact": ContactHanded(ClaimId(EntryId(bytes(8))), bytes(48 + 80)),
}


def draft_of(fact: Fact, actor: Actor | None = None) -> Draft:
    at = Stamp(5000, 1_763_800_000)
    return Draft(CIRCLE.id, LogId(KEY.author), 300, at, actor or Actor.member(KEY.author), fact, b"saltsalt")


def read(packed: bytes) -> SignedEntry:
    return unpack_entry(KEY.author, CIRCLE.id, packed, bytes(64))


@pytest.mark.parametrize("what", CANNOT_BE_MADE)
def test_what_does_not_fit_its_body_cannot_be_made(what: str) -> None:
    with pytest.raises(WireError):
        pack_entry(draft_of(CANNOT_BE_MADE[what]))


def test_lists_that_are_too_long_unsorted_or_name_somebody_twice_are_not_read() -> None:
    closed, _ = pack_entry(draft_of(InviteClosed(INVITE, (MemberKey(b"m" * 8),))))
    full, _ = pack_entry(draft_of(InviteClosed(INVITE, tuple(cut.member for cut in CUTS))))
    removed, _ = pack_entry(draft_of(EpochBegun(EpochId(CIRCLE.id), bytes(16), CUTS[:MAX_REMOVED])))

    for more in (b"m" * 8, b"a" * 8):
        with pytest.raises(WireError, match="out of order or twice"):
            read(closed + more)
    assert isinstance(read(closed + b"n" * 8).entry.fact, InviteClosed)
    for longer in (full + b"\xff" * 8, removed + b"\xff" * 8 + b"\0\1"):
        with pytest.raises(WireError, match="may name"):
            read(longer)
    with pytest.raises(WireError):
        read(closed + b"n" * 7)


@given(circle_facts, st.binary(min_size=8, max_size=8))
def test_only_a_member_speaks_of_the_circle(fact: Fact, actor_key: bytes) -> None:
    """The actor is in the header: another kind moves everything by its key's length."""
    with pytest.raises(WireError, match="Only a member"):
        pack_entry(draft_of(fact, Actor(ActorKind.WALK_UP, actor_key)))
    packed, _ = pack_entry(draft_of(fact))
    as_visitor = bytes([packed[0], packed[1] | ActorKind.WALK_UP << 3]) + packed[2:4] + actor_key + packed[4:]
    if len(as_visitor) <= 255:
        with pytest.raises(WireError, match="Only a member"):
            read(as_visitor)


def test_anybody_may_flag_and_hand_a_contact() -> None:
    for fact in (
        PostFlagged(PostId(EntryId(bytes(8))), True),
        ContactHanded(ClaimId(EntryId(bytes(8))), bytes(64)),
    ):
        assert fact == sign_entry(draft_of(fact, VISITOR), KEY).entry.fact


def test_a_flag_is_set_or_taken_back_and_nothing_else() -> None:
    packed, _ = pack_entry(draft_of(PostFlagged(PostId(EntryId(bytes(8))), True)))

    assert isinstance(read(packed[:-1] + b"\0").entry.fact, PostFlagged)
    with pytest.raises(WireError, match="neither"):
        read(packed[:-1] + b"\2")


def test_a_time_zone_is_letters_no_screen_or_file_system_obeys() -> None:
    for name in ("../../etc", "Europe/Zürich", "UTC "):
        with pytest.raises(WireError, match="time zone"):
            pack_entry(draft_of(CircleFounded("Ana", name, bytes(32))))


def test_kind_0_is_none_and_kept_like_those_of_later_versions() -> None:
    packed, _ = pack_entry(draft_of(StationIntroduced("Ana", bytes(32))))

    assert kind_of(StationIntroduced("Ana", bytes(32))) == FactKind.STATION_INTRODUCED == packed[0] & 63
    assert isinstance(read(bytes([packed[0] & ~63]) + packed[1:]).entry.fact, Unknown)
    assert frozenset(range(10, 18)) == TRUST_KINDS


def test_an_invite_shown_by_another_author_or_in_another_circle_is_not_authentic() -> None:
    """A proof copied from somebody's entry is worth nothing, though the copier signs the copy."""
    proven = prove(make_invite(CIRCLE, bytes(16)), KEY.author)
    thief = AuthorKey(bytes(32))
    stolen = replace(draft_of(proven), log=LogId(thief.author), actor=Actor.member(thief.author))

    assert is_authentic(sign_entry(draft_of(proven), KEY))
    assert not is_authentic(sign_entry(stolen, thief))
    assert not is_authentic(sign_entry(draft_of(replace(proven, proof=bytes(64))), KEY))
    other = make_circle("Oak Street", bytes(32), KEY.author)
    elsewhere = prove(make_invite(other, bytes(16)), KEY.author)
    assert not is_authentic(sign_entry(draft_of(elsewhere), KEY))
