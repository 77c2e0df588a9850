"""What the engine tells the shell, and what it wants sent."""

from dataclasses import dataclass
from enum import Enum

from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import AuthorId, EntryId
from meshboard.link import NodeNumber
from meshboard.sync.store import Stretch
from meshboard.trust.key_ring import EpochKey


class RejectReason(Enum):
    """Why a frame, or one entry of it, changed nothing; the word for the count on the status screen."""

    MALFORMED = "malformed"
    UNKNOWN_VERSION = "of another version"
    UNKNOWN_TYPE = "of an unknown type"
    UNKNOWN_EPOCH = "sealed with another epoch's key"
    NOT_THIS_CIRCLE = "another circle's, altered or forged"
    STALE = "stale"
    OWN = "our own"
    TOO_MANY = "more than one station may ask for"
    UNKNOWN_AUTHOR = "by an author not yet known"
    NOT_SIGNED_BY_AUTHOR = "not signed by its author"
    EARLY = "before what it can be checked by"
    NOT_VOUCHED = "by somebody nobody vouched for"
    FORKED_AGAIN = "a third entry under one number"
    ASKED_BY_STRANGER = "asking for a key it is not to have"
    KEY_OF_STRANGER = "a key given by somebody who does not count"
    KEY_NOT_OURS = "a key that was not sealed to us"


@dataclass(frozen=True, slots=True)
class EntriesReceived:
    """Entries arrived that were not held: verified, each once. Append them to the ledger."""

    entries: tuple[SignedEntry, ...]
    node: NodeNumber


@dataclass(frozen=True, slots=True)
class StretchTold:
    """Others said of some numbers of a log that nobody needs them. Store it after the entries before it."""

    log: LogId
    stretch: Stretch


@dataclass(frozen=True, slots=True)
class TimeTold:
    """A member wrote something new just now, stamped so."""

    author: AuthorId
    time_s: int


@dataclass(frozen=True, slots=True)
class FrameRejected:
    """A frame, or one entry in it, was counted and ignored."""

    reason: RejectReason
    node: NodeNumber


@dataclass(frozen=True, slots=True)
class StationHeard:
    """A station spoke for itself. Keep its highest counter: the engine wants it back after a restart."""

    head: bytes
    """The first 4 bytes of its author key."""
    author: AuthorId | None
    """The whole key, None while its first entry has not arrived."""
    counter: int
    agrees: bool | None
    """True: it holds exactly what is held here. False: it does not. None: this frame does not tell."""
    node: NodeNumber


@dataclass(frozen=True, slots=True)
class EntriesSent:
    """Entries were handed out to be broadcast. This says nothing about who heard them."""

    ids: tuple[EntryId, ...]


@dataclass(frozen=True, slots=True)
class EntriesReturned:
    """Entries that were handed out were refused by the node: they were not broadcast, and wait again."""

    ids: tuple[EntryId, ...]


@dataclass(frozen=True, slots=True)
class OwnLogBehind:
    """Somebody says this station's own log goes further than what is held here: truly, or lying.

    Only an own entry that comes and is not held proves it; then begin a new incarnation before writing on.
    """

    log: LogId
    last: int
    """The highest number somebody claims to hold."""


@dataclass(frozen=True, slots=True)
class EpochKeyReceived:
    """Somebody who counts gave this station an epoch's key. Keep it, and call `Engine.change_keys`.

    It may open at once. It may seal only when the circle's current epoch has this id and its commitment fits:
    a member can lie about ids, numbers and keys.
    """

    epoch: EpochKey
    given_by: AuthorId


Event = (
    EntriesReceived
    | StretchTold
    | FrameRejected
    | StationHeard
    | EntriesSent
    | EntriesReturned
    | OwnLogBehind
    | EpochKeyReceived
    | TimeTold
)


class FrameUse(Enum):
    """What a frame is for, as a person would say it."""

    NEWS = "news"
    REPAIR = "repair"
    SUMMARY = "summary"
    REQUEST = "request"
    BEACON = "beacon"
    HELLO = "hello"
    KEYS = "keys"
    TEXT = "text"
    """A plain text: the answer to somebody with a handheld. No engine says any."""


@dataclass(frozen=True, slots=True)
class OutgoingFrame:
    """A frame to broadcast now."""

    payload: bytes
    hop_limit: int
    use: FrameUse
    air_s: float
    """Its time on air, once, without anybody relaying it."""
    ids: tuple[EntryId, ...] = ()
    """The entries in it."""
    is_urgent: bool = False
    """True: it may go out as critical posts may."""
