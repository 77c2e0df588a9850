"""Entries as bytes, and back (docs/protocol.md, section 3)."""

import hashlib
from dataclasses import dataclass, field, replace

from meshboard.domain.circle_facts import StationJoined
from meshboard.domain.entries import (
    MAX_COUNT,
    Entry,
    Fact,
    LogId,
    SignedEntry,
    Stamp,
    Unknown,
    subject_of,
)
from meshboard.domain.ids import AuthorId, CircleId, EntryId
from meshboard.domain.people import ACTOR_KEY_BYTES, Actor, ActorKind
from meshboard.errors import RuleError, WireError
from meshboard.trust.identity import SIGNATURE_BYTES, AuthorKey, is_signed_by
from meshboard.trust.invite import is_proven
from meshboard.wire.bodies import SUBJECT_BYTES, pull_time, push_time
from meshboard.wire.cursor import MAX_VARINT, Reader, UnknownVersion, push_varint
from meshboard.wire.facts import pull_fact, push_fact
from meshboard.wire.kinds import MAX_KIND, MEMBER_KINDS, kind_of
from meshboard.wire.salts import SALT_BYTES, salt_of
from meshboard.wire.text_bytes import pack_words
from meshboard.wire.wordless import WordlessParts

ENTRY_VERSION = 0
ENTRY_ID_BYTES = 8
LINK_BYTES = 16
FIRST_LINK = bytes(LINK_BYTES)
"""The link of entry 1: nothing is before it."""
MAX_PACKED_BYTES = 255  # its length is one byte in a frame
_DOMAIN = b"meshboard entry 1"
_LINK_DOMAIN = b"meshboard link 1"
HAS_INCARNATION = 0x80
HAS_SUBJECT = 0x40
SALTED = 0x20
SALT_KEYED = 0x01
"""In a frame: the salt follows from a key. Never in what is signed."""


@dataclass(frozen=True, slots=True)
class PackedPlace:
    """Where a packed entry stands in whichever author's log."""

    incarnation: int
    number: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact and where it is to stand, before it is signed."""

    circle: CircleId
    log: LogId
    number: int
    stamp: Stamp
    actor: Actor
    fact: Fact
    salt: bytes = b""
    """SALT_BYTES random bytes; used only when the fact has words, and no key is given."""
    link: bytes = FIRST_LINK
    """`link_after` the entry before it in its log."""
    salt_key: bytes = field(default=b"", repr=False)
    """SALT_KEY_BYTES bytes from which the salt follows; empty where the salt is its own."""


@dataclass(frozen=True, slots=True)
class _Header:
    """What stands before the rest of a packed entry."""

    kind: int
    is_salted: bool
    codec: int
    log: LogId
    number: int
    actor: Actor
    stamp: Stamp
    subject: EntryId | None
    size: int
    """How many bytes of the packed entry it takes."""


def pack_entry(draft: Draft) -> tuple[bytes, bytes]:
    """Return (packed, digest); RuleError says in a sentence what cannot be sent."""
    _check_place(draft)
    fixed, words = push_fact(draft.fact)
    codec, packed_words = pack_words(words)
    salt = _salt(draft) if words or isinstance(draft.fact, Unknown) else b""
    if len(salt) not in (0, SALT_BYTES) or (words and not salt):
        raise WireError(f"A salt has {SALT_BYTES} bytes; this entry cannot be made.")
    packed = _push_header(draft, codec, is_salted=bool(salt)) + salt + fixed + packed_words
    if len(packed) > MAX_PACKED_BYTES:
        over = len(packed) - MAX_PACKED_BYTES
        raise RuleError(f"This is at least {over} bytes too long for one radio frame; shorten it.")
    header = _pull_header(Reader(packed), draft.log.author)
    return packed, _digest(draft.circle, draft.log.author, packed, header.size)


def sign_entry(draft: Draft, key: AuthorKey) -> SignedEntry:
    """Return the draft as everybody else will read it, signed; the log must be of the key's author."""
    if key.author != draft.log.author:
        raise WireError("A station signs only its own log; this entry cannot be made.")
    packed, digest = pack_entry(draft)
    signed = unpack_entry(key.author, draft.circle, packed, key.sign(digest + draft.link), draft.link)
    return replace(signed, salt_key=draft.salt_key if packed[1] & SALTED else b"")


def sign_again(signed: SignedEntry, key: AuthorKey) -> SignedEntry:
    """Return an entry of the key's own author with its signature, where it came back without one."""
    return replace(signed, signature=key.sign(signed.entry.digest + signed.link))


def link_after(signed: SignedEntry) -> bytes:
    """Return the link of the entry that follows this one in its log."""
    return hashlib.sha256(_LINK_DOMAIN + signed.link + signed.entry.digest).digest()[:LINK_BYTES]


def unpack_entry(
    author: AuthorId, circle: CircleId, packed: bytes, signature: bytes = b"", link: bytes = b""
) -> SignedEntry:
    """Return the entry these bytes hold, not yet verified (`is_authentic`).

    Without a signature the entry after it is to prove it; without a link it was signed before there were
    any.
    Raises UnknownVersion or another WireError, whatever the bytes.
    """
    if len(packed) > MAX_PACKED_BYTES or len(signature) not in (0, SIGNATURE_BYTES):
        raise WireError("An entry or its signature has a wrong length; it was ignored.")
    if len(link) not in (0, LINK_BYTES):
        raise WireError("An entry's link has a wrong length; it was ignored.")
    reader = Reader(packed)
    header = _pull_header(reader, author)
    digest = _digest(circle, author, packed, header.size)
    entry = Entry(
        id=EntryId(digest[:ENTRY_ID_BYTES]),
        digest=digest,
        circle=circle,
        log=header.log,
        number=header.number,
        stamp=header.stamp,
        actor=header.actor,
        fact=pull_fact(_parts(reader, header)),
    )
    return SignedEntry(entry, packed, signature, link)


def is_authentic(signed: SignedEntry) -> bool:
    """Say whether the entry's author signed it with its link, and the invite's key where it shows one.

    One without a signature may be authentic nevertheless: `is_before` tells.
    """
    entry = signed.entry
    return has_proof(entry) and is_signed_by(entry.log.author, entry.digest + signed.link, signed.signature)


def has_proof(entry: Entry) -> bool:
    """Say whether the entry has the proof of the invite it shows, if it shows one."""
    fact = entry.fact
    return not isinstance(fact, StationJoined) or is_proven(fact, entry.circle, entry.log.author)


def is_before(signed: SignedEntry, after: SignedEntry) -> bool:
    """Say whether the second was written after the first, in one log: if it is authentic, both are."""
    is_next = after.entry.log == signed.entry.log and after.entry.number == signed.entry.number + 1
    return is_next and after.link == link_after(signed)


def place_of_packed(packed: bytes) -> PackedPlace:
    """Return where a packed entry stands without reading the rest; raises as `unpack_entry` does."""
    return pull_place(Reader(packed))


def pull_place(reader: Reader) -> PackedPlace:
    """Return where a packed entry stands, from its beginning; what follows is its actor."""
    _check_version(reader.pull_byte())
    incarnation = reader.pull_byte() if reader.pull_byte() & HAS_INCARNATION else 0
    return PackedPlace(incarnation, reader.pull_varint())


def check_flags(flags: int) -> None:
    """Refuse flags that only a later version understands: the parts behind them cannot be found."""
    if flags & SALT_KEYED or flags >> 3 & 3 > max(ActorKind):
        raise UnknownVersion("This entry is of a newer version; update meshboard to read it.")


def _check_place(draft: Draft) -> None:
    is_in_log = 0 <= draft.log.incarnation <= 255 and 1 <= draft.number <= MAX_VARINT
    if not (is_in_log and 0 <= draft.stamp.count <= MAX_COUNT):
        raise WireError("An entry's place in its log is out of bounds; it cannot be made.")


def _salt(draft: Draft) -> bytes:
    return salt_of(draft.salt_key, draft.log.incarnation, draft.number) if draft.salt_key else draft.salt


def _parts(reader: Reader, header: _Header) -> WordlessParts:
    if header.is_salted:
        reader.pull(SALT_BYTES)
    return WordlessParts(
        kind=header.kind,
        subject=header.subject,
        actor_kind=header.actor.kind,
        codec=header.codec,
        is_salted=header.is_salted,
        body=reader.pull_rest(),
    )


def _digest(circle: CircleId, author: AuthorId, packed: bytes, header_bytes: int) -> bytes:
    commitment = hashlib.sha256(packed[header_bytes:]).digest()
    return hashlib.sha256(_DOMAIN + circle + author + packed[:header_bytes] + commitment).digest()


def _push_header(draft: Draft, codec: int, *, is_salted: bool) -> bytes:
    kind = kind_of(draft.fact)
    subject = subject_of(draft.fact)
    incarnation = draft.log.incarnation
    if kind in MEMBER_KINDS and draft.actor.kind is not ActorKind.MEMBER:
        raise WireError("Only a member says this, for itself; this entry cannot be made.")
    if subject is not None and len(subject) != SUBJECT_BYTES:
        raise WireError(f"An entry's subject has {SUBJECT_BYTES} bytes; this one cannot be made.")
    flags = draft.actor.kind << 3 | codec << 1 | (SALTED if is_salted else 0)
    flags |= (HAS_INCARNATION if incarnation else 0) | (HAS_SUBJECT if subject is not None else 0)
    pushed = bytes([ENTRY_VERSION << 6 | kind, flags]) + (bytes([incarnation]) if incarnation else b"")
    pushed += push_varint(draft.number) + _push_actor(draft.actor, draft.log.author)
    return pushed + push_varint(draft.stamp.count) + push_time(draft.stamp.time_s) + (subject or b"")


def _push_actor(actor: Actor, author: AuthorId) -> bytes:
    if actor.kind is ActorKind.MEMBER:
        if actor != Actor.member(author):
            raise WireError("A member speaks only through their own station; this entry cannot be made.")
        return b""
    if len(actor.key) != ACTOR_KEY_BYTES:
        raise WireError(f"An actor's key has {ACTOR_KEY_BYTES} bytes; this entry cannot be made.")
    return actor.key


def _check_version(first: int) -> None:
    if first >> 6 != ENTRY_VERSION:
        raise UnknownVersion("This entry is of a newer version; update meshboard to read it.")


def _pull_header(reader: Reader, author: AuthorId) -> _Header:
    first, flags = reader.pull_byte(), reader.pull_byte()
    _check_version(first)
    check_flags(flags)
    incarnation = reader.pull_byte() if flags & HAS_INCARNATION else 0
    if flags & HAS_INCARNATION and not incarnation:
        raise WireError("An incarnation of 0 is written out; the entry was ignored.")
    number = reader.pull_varint()
    if number == 0:
        raise WireError("An entry has number 0; it was ignored.")
    kind = ActorKind(flags >> 3 & 3)
    actor = Actor.member(author) if kind is ActorKind.MEMBER else Actor(kind, reader.pull(ACTOR_KEY_BYTES))
    stamp = Stamp(reader.pull_varint(), pull_time(reader))
    return _Header(
        kind=first & MAX_KIND,
        is_salted=bool(flags & SALTED),
        codec=flags >> 1 & 3,
        log=LogId(author, incarnation),
        number=number,
        actor=actor,
        stamp=stamp,
        subject=EntryId(reader.pull(SUBJECT_BYTES)) if flags & HAS_SUBJECT else None,
        size=reader.at,
    )
