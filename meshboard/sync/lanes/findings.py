"""What hearing finds out, stated as it is: each lane takes what concerns it (`Lane.take`)."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from meshboard.domain.entries import Entry, LogId, SignedEntry
from meshboard.domain.ids import EntryId
from meshboard.sync.entries.leaving_out import Lack
from meshboard.sync.holdings.ranges import Lacking, Ranges
from meshboard.sync.words.reminders import Word
from meshboard.trust.key_ring import EpochKey
from meshboard.wire.frames import Speaker, StretchItem


class Finding:
    """Something that is so: heard from others, or done here."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Spoke(Finding):
    """A station said what it holds, in a beacon or a summary."""

    head: bytes
    agrees: bool
    """Whether it holds exactly what is held here."""
    state: bytes | None = None
    """Ours, where it said all of that in a summary."""
    they_lack: Lacking = ()
    told_of: Container[LogId] = ()
    """Of these logs it holds all else that is held here."""


@dataclass(frozen=True, slots=True)
class Differs(Finding):
    """A station holds something else."""

    head: bytes
    ours: bytes
    theirs: bytes
    is_shown: bool
    """Whether what it said shows in what."""


@dataclass(frozen=True, slots=True)
class ToldNumbers(Finding):
    """A station told by numbers what it holds, beside news or in a word."""

    head: bytes
    are_logs_same: bool
    """False: they hold other logs than we do, so that the numbers say nothing."""
    they_lack: Lacking = ()
    told_of: Container[LogId] = ()


@dataclass(frozen=True, slots=True)
class TheyLack(Finding):
    """A station told what it holds, and lacks some of what is held here, or nothing."""

    head: bytes
    lack: Lack
    hops: int
    """Relays its frame passed."""
    is_whole: bool
    """Whether they told of all their logs."""
    is_for_all: bool
    """Whether others beyond are taken to lack it too."""
    is_by_numbers: bool
    is_waited_for: bool = True
    """Whether they wait for it; else it may wait here for news to ride with."""
    keyless: Sequence[tuple[LogId, int]] = ()
    """What waits there for the key of its author."""


@dataclass(frozen=True, slots=True)
class TheyNeed(Finding):
    """Somebody needs these entries, whatever else they hold."""

    entries: Sequence[SignedEntry]
    hops: int


@dataclass(frozen=True, slots=True)
class TheyNeedForgotten(Finding):
    """Somebody needs what is left of the forgotten entries of these numbers."""

    log: LogId
    first: int
    last: int
    hops: int


@dataclass(frozen=True, slots=True)
class WeLack(Finding):
    """Others hold what is not held here."""

    lacking: Lacking


@dataclass(frozen=True, slots=True)
class HoldsUnknown(Finding):
    """Somebody holds logs of which nothing is held here."""


@dataclass(frozen=True, slots=True)
class CannotCheck(Finding):
    """Something came of whose author no key or no entry is held here."""

    is_keyless: bool
    """False: what is missing may still rest in its author's outbox, or follow."""


@dataclass(frozen=True, slots=True)
class Coming(Finding):
    """Some of what is lacking here is coming, or somebody asks for the same."""

    log: LogId | None = None
    """The log of which some came."""


@dataclass(frozen=True, slots=True)
class Asks(Finding):
    """Somebody asks for what they lack, and holds this of some logs."""

    theirs: Mapping[LogId, Ranges]


@dataclass(frozen=True, slots=True)
class Forked(Finding):
    """Others hold another entry among these numbers of a log."""

    log: LogId
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class IsToBeTold(Finding):
    """Somebody has to hear all that is held here: of a log they asked about, or in an epoch that is over."""


@dataclass(frozen=True, slots=True)
class SaidByOther(Finding):
    """Somebody else said these entries in a frame."""

    ids: Sequence[EntryId]
    head: bytes | None
    """Who, where that is known."""
    is_new: bool
    """Whether some of it was not held here."""
    is_run: bool
    """Whether it is part of much."""


@dataclass(frozen=True, slots=True)
class Came(Finding):
    """Entries came that were not held here."""

    new: Sequence[SignedEntry]
    counted: Sequence[SignedEntry]
    """Those whose author counts: nothing else costs talk."""
    hurried: Sequence[Entry]
    """Those that are a reason to look soon whether they reached everybody."""
    hops: int
    is_beyond_a_gap: bool
    is_news: bool
    """Whether their author said them, with what it holds."""
    is_behind: bool
    """Whether they were sealed in an epoch that is over: perhaps by a former member."""


@dataclass(frozen=True, slots=True)
class StretchSaid(Finding):
    """Somebody else said a stretch."""

    item: StretchItem


@dataclass(frozen=True, slots=True)
class Fresh(Finding):
    """A station said a word with a counter that was not heard before."""

    said: Word


@dataclass(frozen=True, slots=True)
class Stale(Finding):
    """A station that differs said a word below a counter that was heard of it: an older copy, or a replay."""

    said: Word
    latest: Speaker


@dataclass(frozen=True, slots=True)
class Reminded(Finding):
    """Somebody told another station of a higher counter."""

    speaker: Speaker


@dataclass(frozen=True, slots=True)
class TakenForStale(Finding):
    """Others took what this station said for stale until now."""


@dataclass(frozen=True, slots=True)
class Unopened(Finding):
    """A frame came that no key opens: somebody seems to be in an epoch that is not known here."""


@dataclass(frozen=True, slots=True)
class SpokeBehind(Finding):
    """Somebody spoke in an epoch that is over, and may lack the current key."""

    head: bytes
    epoch: EpochKey
    hops: int


@dataclass(frozen=True, slots=True)
class LacksBehind(Finding):
    """Somebody in an epoch that is over says that they lack this of what is held here."""

    head: bytes
    lacking: Lacking
    hops: int
    is_whole: bool
    """Whether they told of all their logs."""


@dataclass(frozen=True, slots=True)
class Announced(Finding):
    """This station has news of its own to say; `is_basic`: others judge all else by some of it."""

    is_basic: bool


@dataclass(frozen=True, slots=True)
class Telling(Finding):
    """This station is about to tell what it holds: with news, in a beacon, or all of it in a summary."""

    in_summary: bool = False
    is_first_part: bool = True


@dataclass(frozen=True, slots=True)
class KeysChanged(Finding):
    """Other keys are held here; `is_sealing_changed`: another one seals from now on."""

    is_sealing_changed: bool


@dataclass(frozen=True, slots=True)
class LinkCameUp(Finding):
    """The link came up after a break: others may have spoken unheard."""
