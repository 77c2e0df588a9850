"""By what a station counts, told to who came by a code that was shown before the key was changed.

It holds an old key and knows nobody, so it cannot judge a key that it is given. It is told the facts by
which the giver counts, sealed in the epoch of its code. Former members have that key too: so nothing but
these facts is ever sealed in it, and only so many frames in an hour (docs/protocol.md, section 10).
"""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress

from meshboard.domain.circle_facts import (
    AuthorVouched,
    CircleFounded,
    InviteMade,
    StationIntroduced,
    StationJoined,
)
from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import AuthorId, EntryId, InviteId, MemberKey, member_key
from meshboard.figures import CREDENTIALS_HOURLY, CREDENTIALS_REMEMBERED
from meshboard.sync.air.answer_limits import HourlyLimit
from meshboard.sync.air.governor import Grade
from meshboard.sync.air.said import SaidMemory
from meshboard.sync.events import FrameUse
from meshboard.sync.holdings.ranges import Lacking, is_lacking
from meshboard.sync.keys.epoch_change import DoorWord
from meshboard.sync.keys.known_epochs import KnownEpochs
from meshboard.sync.setup import EngineSetup
from meshboard.trust.seal import Seal
from meshboard.wire.packer import EntriesPacker, FrameFull

Vouched = tuple[AuthorId, tuple[SignedEntry, ...]]
"""Somebody who was let in, and the facts that say so."""


class Credentials:
    """Tells, sealed in an epoch that is over, by what this station counts."""

    def __init__(self, setup: EngineSetup, epochs: KnownEpochs) -> None:
        waits = setup.timings.key_waits  # in step with the keys, which are in vain without this
        self._own = setup.author
        self._epochs = epochs
        self._config = setup.config
        self._held: dict[AuthorId, frozenset[EntryId]] = {}
        self._said: SaidMemory[tuple[int, EntryId]] = SaidMemory(waits, CREDENTIALS_REMEMBERED)
        self._hourly = HourlyLimit(CREDENTIALS_HOURLY)

    def note_lacking(self, author: AuthorId, lacking: Lacking) -> None:
        """Note what a member says it lacks of what is held here: the rest need not be told."""
        self._held[author] = frozenset(one.entry.id for one in self._line() if not is_lacking(one, lacking))

    def due(self, author: AuthorId, past: Seal, hop_limit: int, now_s: float) -> DoorWord | None:
        """Return the next frame for a member that is in a past epoch.

        None when all was said lately, or enough in this hour.
        """
        if self._hourly.allowed_at() > now_s:
            return None
        held = self._held.get(author, frozenset())
        packer = EntriesPacker(self._config.max_frame_bytes)
        for signed in self._line():
            entry_id = signed.entry.id
            if entry_id not in held and self._said.allowed_at((past.epoch, entry_id)) <= now_s:
                with suppress(FrameFull):
                    packer.add(signed, has_link=True)
        if not packer.entries:
            return None
        return DoorWord(packer.frame(), FrameUse.REPAIR, Grade.REPAIR, past, hop_limit, packer.entries)

    def note_said(self, word: DoorWord, now_s: float) -> None:
        """Note that what `due` returned goes out."""
        self._hourly.note_said(now_s)
        for signed in word.entries:
            self._said.note((word.seal.epoch, signed.entry.id), now_s, by_us=True)

    def _line(self) -> Sequence[SignedEntry]:
        return line_of(self._own, self._epochs.facts())


def line_of(author: AuthorId, facts: Sequence[SignedEntry]) -> Sequence[SignedEntry]:
    """Return the facts by which an author counts: the founding first, then who let in whom, down to it.

    The shortest such line, with the first entry of everybody in it, which has their keys; empty where there
    is none.
    """
    first = {one.entry.author: one for one in facts if _is_introduction(one)}
    founders = {by: one for by, one in first.items() if isinstance(one.entry.fact, CircleFounded)}
    lines: dict[AuthorId, tuple[SignedEntry, ...]] = {by: (one,) for by, one in founders.items()}
    vouches = _vouches(facts)
    waiting = deque(lines)
    while waiting and author not in lines:
        by = waiting.popleft()
        for member, said in vouches.get(by, ()):
            if member not in lines and member in first:
                lines[member] = (*lines[by], *said, first[member])
                waiting.append(member)
    return lines.get(author, ())


def _vouches(facts: Sequence[SignedEntry]) -> Mapping[AuthorId, Sequence[Vouched]]:
    """Return whom each author let in, by hand or by an invite."""
    authors = [one.entry.author for one in facts]
    known: dict[MemberKey, AuthorId] = {member_key(author): author for author in authors}
    joined: dict[InviteId, list[SignedEntry]] = {}
    for one in facts:
        shown = one.entry.fact
        if isinstance(shown, StationJoined):
            joined.setdefault(shown.invite, []).append(one)
    vouches: dict[AuthorId, list[Vouched]] = {}
    for one in facts:
        fact, let_in = one.entry.fact, vouches.setdefault(one.entry.author, [])
        if isinstance(fact, AuthorVouched) and fact.member in known:
            let_in.append((known[fact.member], (one,)))
        elif isinstance(fact, InviteMade):
            let_in.extend((by_it.entry.author, (one, by_it)) for by_it in joined.get(fact.invite, ()))
    return vouches


def _is_introduction(signed: SignedEntry) -> bool:
    entry = signed.entry
    is_first = (entry.number, entry.log) == (1, LogId(entry.author))
    return is_first and isinstance(entry.fact, StationIntroduced | CircleFounded)
