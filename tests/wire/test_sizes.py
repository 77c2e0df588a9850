"""What facts about the circle, contacts and flags cost on the air, as docs/benchmarks.md says."""

from pathlib import Path

import pytest

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
)
from meshboard.domain.ids import ClaimId, EntryId, EpochId, InviteId, MemberKey, PostId
from meshboard.domain.people import Actor, ActorKind
from meshboard.trust.contact import MAX_CONTACT_BYTES, ClaimKeyPair, seal_contact
from meshboard.trust.invite import make_invite, prove
from meshboard.wire.entry_bytes import Draft, sign_entry
from meshboard.wire.frames import MAX_FRAME_BYTES, Entries
from meshboard.wire.framing import seal_frame
from meshboard.wire.items import item_of
from tests.support.entries.drawn import CIRCLE, KEY, SEAL

BENCHMARKS = Path(__file__).parents[2] / "docs" / "benchmarks.md"
NAME, ZONE = "Fifth & Oak Hall", "America/Chicago"
LONGEST_NAME, LONGEST_ZONE = "Ж" * 12, "America/Argentina/ComodRivadavia"
BOX_KEY = bytes(range(32))
INVITE = InviteId(b"theinvit")
CLAIM, POST = ClaimId(EntryId(b"theclaim")), PostId(EntryId(b"the post"))
MEMBERS = tuple(MemberKey(bytes([place]) * 8) for place in range(MAX_NAMED))


def cuts(count: int, number: int = 300) -> tuple[Cut, ...]:
    return tuple(Cut(member, 1, number) for member in MEMBERS[:count])


def contact(text: str) -> ContactHanded:
    return ContactHanded(CLAIM, seal_contact(text, CLAIM, ClaimKeyPair(BOX_KEY).public, bytes(32)))


def epoch(count: int, number: int = 300) -> EpochBegun:
    return EpochBegun(CIRCLE.epoch_id, bytes(16), cuts(count, number))


JOINED = prove(make_invite(CIRCLE, bytes(16)), KEY.author)
TYPICAL: dict[str, tuple[int, Fact]] = {
    "StationIntroduced with box key": (1, StationIntroduced(NAME, BOX_KEY)),
    "CircleFounded": (1, CircleFounded(NAME, ZONE, BOX_KEY)),
    "InviteMade": (300, InviteMade(INVITE, 1, 1_763_900_000)),
    "StationJoined": (2, JOINED),
    "InviteClosed, nobody stays": (300, InviteClosed(INVITE, ())),
    "InviteClosed, one stays": (300, InviteClosed(INVITE, MEMBERS[:1])),
    "InviteClosed, ten stay": (300, InviteClosed(INVITE, MEMBERS)),
    "AuthorVouched": (300, AuthorVouched(MEMBERS[0])),
    "AuthorVouched, again": (300, AuthorVouched(MEMBERS[0], EpochId(bytes(8)))),
    "VouchWithdrawn, no cut": (300, VouchWithdrawn(MEMBERS[0], ())),
    "VouchWithdrawn, one cut": (300, VouchWithdrawn(MEMBERS[0], cuts(1))),
    "VouchWithdrawn, ten cuts": (300, VouchWithdrawn(MEMBERS[0], cuts(MAX_NAMED))),
    "EpochBegun, nobody is out": (300, epoch(0)),
    "EpochBegun, one is out": (300, epoch(1)),
    "EpochBegun, four are out": (300, epoch(MAX_REMOVED)),
    "ClaimKeyOffered": (300, ClaimKeyOffered(BOX_KEY)),
    "ContactHanded, 16 bytes": (300, contact("x" * 16)),
    "ContactHanded, 64 bytes": (300, contact("x" * MAX_CONTACT_BYTES)),
    "PostFlagged": (300, PostFlagged(POST, True)),
}
LARGEST: dict[str, Fact] = {
    "joined": JOINED,
    "closed": InviteClosed(INVITE, MEMBERS),
    "withdrawn": VouchWithdrawn(MEMBERS[0], cuts(MAX_NAMED, 20_000)),
    "epoch": epoch(MAX_REMOVED, 20_000),
    "key": ClaimKeyOffered(BOX_KEY),
    "contact": contact("x" * MAX_CONTACT_BYTES),
    "flag": PostFlagged(POST, True),
}


def signed(fact: Fact, number: int, stamp: Stamp, actor: Actor, incarnation: int = 0) -> SignedEntry:
    return sign_entry(
        Draft(CIRCLE.id, LogId(KEY.author, incarnation), number, stamp, actor, fact, b"saltsalt"), KEY
    )


def frame_bytes(entry: SignedEntry) -> int:
    return len(seal_frame(Entries((item_of(entry),)), SEAL))


@pytest.mark.parametrize("name", TYPICAL)
def test_the_sizes_in_the_benchmarks_are_true(name: str) -> None:
    number, fact = TYPICAL[name]
    entry = signed(fact, number, Stamp(5000, 1_763_800_000), Actor.member(KEY.author))

    line = f"| {name} | {len(entry.packed)} | {frame_bytes(entry)} |"
    assert line in BENCHMARKS.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LARGEST)
def test_the_largest_of_each_fits_one_frame_whatever_its_place(name: str) -> None:
    """Of the last log that counts, its last entry that counts, the highest count, after 2032."""
    may_be_of_visitor = name in ("contact", "flag")
    actor = Actor(ActorKind.WALK_UP, b"visitor!") if may_be_of_visitor else Actor.member(KEY.author)

    entry = signed(LARGEST[name], 20_000, Stamp(2**32 - 1, 2_000_000_000), actor, incarnation=15)
    assert frame_bytes(entry) <= MAX_FRAME_BYTES


def test_first_entries_fit_one_frame_with_the_longest_names() -> None:
    for fact in (
        CircleFounded(LONGEST_NAME, LONGEST_ZONE, BOX_KEY),
        StationIntroduced(LONGEST_NAME, BOX_KEY),
    ):
        entry = signed(fact, 1, Stamp(2**32 - 1, 2_000_000_000), Actor.member(KEY.author))
        assert frame_bytes(entry) <= MAX_FRAME_BYTES
