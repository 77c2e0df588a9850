"""Entries in frames, one by one or in runs, as bytes and back (docs/protocol.md, section 6)."""

from collections.abc import Sequence

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId
from meshboard.errors import WireError
from meshboard.trust.identity import AUTHOR_KEY_BYTES, SIGNATURE_BYTES
from meshboard.wire.cursor import MAX_VARINT, Reader, push_varint
from meshboard.wire.entry_bytes import LINK_BYTES, PackedPlace, place_of_packed
from meshboard.wire.frames import HEAD_BYTES, Item
from meshboard.wire.keyed import salt_keys_of, say_with_key, take_key
from meshboard.wire.runs import pull_entries, push_entries

MAX_RUN = 64  # entries in one run: more of the smallest than a frame has room for
_RUN = 0xC0  # no packed entry in a frame is that long
_HAS_INCARNATION, _HAS_LINK, _HAS_SIGNATURE, _RESERVED = 0x20, 0x10, 0x08, 0x07


def item_of(signed: SignedEntry, *, is_keyed: bool = False, has_link: bool = False) -> Item:
    """Return an entry as it stands in a frame by itself, with its link or without."""
    return run_of((signed,), is_keyed=is_keyed, has_link=has_link, is_signed=True)


def run_of(
    entries: Sequence[SignedEntry], *, is_keyed: bool = False, has_link: bool, is_signed: bool
) -> Item:
    """Return entries that follow each other in a log as one item of a frame.

    `has_link`: with the link of the first, where that has one and does not begin its log. `is_signed`: with
    the signature of the last.
    """
    first, last = entries[0], entries[-1]
    author = first.entry.log.author
    return Item(
        packed=tuple(signed.packed for signed in entries),
        head=author[:HEAD_BYTES],
        author=author if is_keyed or first.entry.number == 1 else None,
        signature=last.signature if is_signed else b"",
        link=first.link if has_link and first.entry.number > 1 else b"",
        salt_keys=salt_keys_of(entries),
    )


def push_item(item: Item) -> bytes:
    """Return an item's bytes."""
    author = item.author or item.head
    if _is_plain(item):
        said = say_with_key(item.packed[0], item.salt_keys[0]) if item.salt_keys else item.packed[0]
        return bytes([len(said)]) + said + author + item.signature
    place = place_of_packed(item.packed[0])
    form = _RUN | (_HAS_INCARNATION if place.incarnation else 0)
    form |= (_HAS_LINK if item.link else 0) | (_HAS_SIGNATURE if item.signature else 0)
    pushed = bytes([form, len(item.packed)]) + (bytes([place.incarnation]) if place.incarnation else b"")
    pushed += push_varint(place.number) + author + item.link
    return pushed + push_entries(item.packed, item.salt_keys) + item.signature


def pull_item(reader: Reader) -> Item:
    """Return an item with its author's head, or the whole key where it begins a log."""
    return _pull_item(reader, is_keyed=False)


def pull_keyed_item(reader: Reader) -> Item:
    """Return an item with its author's whole key."""
    return _pull_item(reader, is_keyed=True)


def item_bytes(packed_bytes: int, number: int) -> int:
    """Return how many bytes of a frame's room a packed entry of this size and number takes by itself."""
    return 1 + packed_bytes + (AUTHOR_KEY_BYTES if number == 1 else HEAD_BYTES) + SIGNATURE_BYTES


def entry_wire_bytes(signed: SignedEntry, *, is_keyed: bool = False) -> int:
    """Return how many bytes of a frame's room this entry takes by itself, without its link."""
    return item_bytes(len(signed.packed), 1 if is_keyed else signed.entry.number)


def _is_plain(item: Item) -> bool:
    return len(item.packed) == 1 and bool(item.signature) and not item.link


def _pull_item(reader: Reader, *, is_keyed: bool) -> Item:
    first = reader.pull_byte()
    if first >= _RUN:
        return _pull_run(reader, first, is_keyed=is_keyed)
    packed, salt_key = take_key(reader.pull(first))
    number = place_of_packed(packed).number
    if not number:
        raise WireError("An entry has no number; the frame was ignored.")
    head, author = _pull_author(reader, is_whole=is_keyed or number == 1)
    salt_keys = (salt_key,) if salt_key else ()
    return Item((packed,), head, author, reader.pull(SIGNATURE_BYTES), salt_keys=salt_keys)


def _pull_run(reader: Reader, form: int, *, is_keyed: bool) -> Item:
    count = reader.pull_byte()
    place = PackedPlace(reader.pull_byte() if form & _HAS_INCARNATION else 0, reader.pull_varint())
    is_in_bounds = 1 <= count <= MAX_RUN and 1 <= place.number <= MAX_VARINT - count
    if form & _RESERVED or not is_in_bounds or (form & _HAS_INCARNATION and not place.incarnation):
        raise WireError("A run of entries is out of bounds; it was ignored.")
    head, author = _pull_author(reader, is_whole=is_keyed or place.number == 1)
    link = reader.pull(LINK_BYTES) if form & _HAS_LINK else b""
    packed, salt_keys = pull_entries(reader, place, count)
    signature = reader.pull(SIGNATURE_BYTES) if form & _HAS_SIGNATURE else b""
    item = Item(packed, head, author, signature, link, salt_keys)
    if _is_plain(item) or (link and place.number == 1):
        raise WireError("A run of entries is not in its only form; it was ignored.")
    return item


def _pull_author(reader: Reader, *, is_whole: bool) -> tuple[bytes, AuthorId | None]:
    if not is_whole:
        return reader.pull(HEAD_BYTES), None
    author = AuthorId(reader.pull(AUTHOR_KEY_BYTES))
    return author[:HEAD_BYTES], author
