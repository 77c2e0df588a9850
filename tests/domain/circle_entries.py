"""Entries about a circle, made without signing: the domain believes what it is given."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from meshboard.domain.circle_facts import AuthorVouched, CircleFounded, Cut, EpochBegun, StationIntroduced
from meshboard.domain.entries import Entry, Fact, LogId, Stamp
from meshboard.domain.ids import AuthorId, CircleId, EntryId, EpochId, MemberKey, member_key
from meshboard.domain.membership import Membership
from meshboard.domain.people import Actor
from meshboard.domain.vouching import membership

CIRCLE = CircleId(b"circle 8")
FIRST_EPOCH = EpochId(bytes(CIRCLE))


def author(letter: str) -> AuthorId:
    """Return the author people call by this letter."""
    return AuthorId(hashlib.sha256(letter.encode()).digest())


def key(letter: str) -> MemberKey:
    """Return an author's short name."""
    return member_key(author(letter))


def cut(letter: str, number: int = 9) -> Cut:
    """Return how far an author's log counts."""
    return Cut(key(letter), 0, number)


ANA, BEN, CAM, DEE, EVE = "ABCDE"


@dataclass
class Book:
    """Writes entries: the number is the author's next, the count the circle's next unless given."""

    entries: list[Entry] = field(default_factory=list)
    numbers: Counter[str] = field(default_factory=Counter)

    def write(self, letter: str, fact: Fact, count: int | None = None, time_s: int | None = None) -> Entry:
        """Add one entry by the author of a letter."""
        self.numbers[letter] += 1
        stamp = Stamp(len(self.entries) + 1 if count is None else count, time_s)
        told = repr((letter, self.numbers[letter], stamp, fact))
        digest = hashlib.sha256(told.encode()).digest()
        log, member = LogId(author(letter)), Actor.member(author(letter))
        entry = Entry(EntryId(digest[:8]), digest, CIRCLE, log, self.numbers[letter], stamp, member, fact)
        self.entries.append(entry)
        return entry

    def found(self, letter: str = ANA) -> "Book":
        """Found the circle."""
        self.write(letter, CircleFounded(letter, "UTC", b"k" * 32))
        return self

    def arrive(self, *letters: str) -> "Book":
        """Introduce stations."""
        for letter in letters:
            self.write(letter, StationIntroduced(letter, b"k" * 32))
        return self

    def vouch(self, by: str, *letters: str) -> "Book":
        """Let one member vouch for others."""
        for letter in letters:
            self.write(by, AuthorVouched(key(letter)))
        return self

    def remove(self, by: str, *cuts: Cut, parent: EpochId = FIRST_EPOCH, count: int | None = None) -> Entry:
        """Begin an epoch without some."""
        return self.write(by, EpochBegun(parent, by.encode() * 16, tuple(sorted(cuts))), count)

    def told(self) -> Membership:
        """Return what the entries so far come to."""
        return told(self.entries)


def told(entries: list[Entry]) -> Membership:
    """Return the membership of the circle Ana founded."""
    return membership(CIRCLE, lambda candidate: candidate == author(ANA), entries)


def members(found: Membership) -> str:
    """Return the letters of those who count."""
    return "".join(letter for letter in "ABCDEFGHIJ" if found.is_member(author(letter)))
