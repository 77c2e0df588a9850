"""A circle somebody founded, and the people in and around it."""

from dataclasses import dataclass, field

from meshboard.domain.circle_facts import (
    AuthorVouched,
    CircleFounded,
    Cut,
    EpochBegun,
    InviteMade,
    StationIntroduced,
    StationJoined,
    VouchWithdrawn,
)
from meshboard.domain.entries import Fact, SignedEntry
from meshboard.domain.ids import AuthorId, EpochId, InviteId, MemberKey, member_key
from meshboard.trust.circle import Circle, make_circle
from meshboard.trust.identity import AuthorKey
from meshboard.trust.invite import Invite, invite_id_of, make_invite, prove
from tests.support.entries.signed import Writer, content

KEY = bytes(range(40, 72))
OWN_SEED = bytes([1]) * 32
NAMES = "ABCDEFGH"
BOX = b"k" * 32
COMMITMENT = b"c" * 16


def seed_of(name: str) -> bytes:
    return name.encode() * 32


def founded_circle(key: bytes = KEY) -> Circle:
    return make_circle("Fifth Street", key, AuthorKey(seed_of("A")).author)


@dataclass
class Town:
    """The circle that A founded; others by their letters. Counts grow as everybody hears everything."""

    circle: Circle = field(default_factory=founded_circle)
    count: int = 0
    writers: dict[str, Writer] = field(default_factory=dict)
    entries: list[SignedEntry] = field(default_factory=list)

    def __repr__(self) -> str:
        names = {writer.key.author: name for name, writer in self.writers.items()}
        return "\n".join(
            f"{names[s.entry.log.author]}{s.entry.number} ({s.entry.stamp.count}) {s.entry.fact}"
            for s in self.entries
        )

    def writer(self, name: str) -> Writer:
        return self.writers.setdefault(name, Writer(seed_of(name), self.circle.id))

    def author(self, name: str) -> AuthorId:
        return self.writer(name).key.author

    def key(self, name: str) -> MemberKey:
        return member_key(self.author(name))

    def write(
        self, name: str, fact: Fact, number: int | None = None, count: int | None = None
    ) -> SignedEntry:
        self.count += 1
        writer = self.writer(name)
        signed = writer.sign(fact, number or len(writer.written) + 1, count or self.count)
        if number is None:
            writer.written.append(signed)
        self.entries.append(signed)
        return signed

    def found(self) -> SignedEntry:
        return self.write("A", CircleFounded("Hall", "America/Chicago", BOX))

    def arrive(self, *names: str) -> None:
        for name in names:
            self.write(name, StationIntroduced(f"Station {name}", BOX))

    def vouch(self, by: str, *names: str) -> None:
        """Vouch for these, and take in again who of them was removed."""
        for name in names:
            for removal in self.removals(name) or [None]:
                self.write(by, AuthorVouched(self.key(name), removal))

    def removals(self, name: str) -> list[EpochId | None]:
        """Return the epochs that removed somebody."""
        return [
            EpochId(bytes(signed.entry.id))
            for signed in self.entries
            if isinstance(signed.entry.fact, EpochBegun)
            and any(cut.member == self.key(name) for cut in signed.entry.fact.removed)
        ]

    def post(self, name: str, text: str = "Need water") -> SignedEntry:
        return self.write(name, post_fact(text))

    def cut(self, name: str, number: int | None = None) -> Cut:
        return Cut(self.key(name), 0, len(self.writer(name).written) if number is None else number)

    def withdraw(self, by: str, name: str, *cuts: Cut) -> SignedEntry:
        return self.write(by, VouchWithdrawn(self.key(name), tuple(sorted(cuts))))

    def remove(self, by: str, *cuts: Cut, parent: EpochId | None = None) -> SignedEntry:
        first = EpochId(bytes(self.circle.id))
        return self.write(by, EpochBegun(parent or first, COMMITMENT, tuple(sorted(cuts))))

    def invite(self, by: str, uses: int = 0) -> tuple[Invite, SignedEntry]:
        invite = make_invite(self.circle, self.count.to_bytes(16, "big"))
        return invite, self.write(by, InviteMade(invite_id_of(invite), uses, None))

    def join(self, name: str, invite: Invite) -> SignedEntry:
        return self.write(name, self.shown(name, invite))

    def shown(self, name: str, invite: Invite) -> StationJoined:
        return prove(invite, self.author(name))

    def settled(self, *names: str) -> "Town":
        """Found it, and let A vouch for these."""
        self.found()
        self.arrive(*names)
        self.vouch("A", *names)
        return self


def post_fact(text: str) -> Fact:
    from meshboard.domain.entries import PostPublished

    return PostPublished(content(text))


__all__ = [
    "BOX",
    "COMMITMENT",
    "NAMES",
    "OWN_SEED",
    "InviteId",
    "Town",
    "founded_circle",
    "post_fact",
    "seed_of",
]
