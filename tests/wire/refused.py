"""Bytes that the protocol refuses, each for one rule of its own, for tests/wire/vectors.json."""

from collections.abc import Mapping

from meshboard.wire.frames import FrameType

_SPEAKER = b"aaaa\x05"
_STATE = b"same"
_TELLS = _SPEAKER + _STATE + b"tt\x00"
_CLOSE = b"\x03\x40\x00\x01\x01the post"  # PostWithdrawn, count 1, time 1
_CLOSE_SINCE = b"\x83\x00\x02\x02the post"  # another one, with the same flags
_SIGNATURE = bytes(64)
_DIGEST = bytes(32)
_LINE = b"\x01\x00\x04dig"

REFUSED_FRAMES: Mapping[str, tuple[FrameType, bytes]] = {
    "a varint that is not in its shortest form": (FrameType.BEACON, b"aaaa\x85\x00" + _STATE),
    "a varint above 32 bits": (FrameType.BEACON, b"aaaa\xff\xff\xff\xff\x1f" + _STATE),
    "bytes left over": (FrameType.HELLO, _SPEAKER + b"epoch id" + b"\x00"),
    "an end too early": (FrameType.HELLO, _SPEAKER + b"epoch i"),
    "no entry": (FrameType.ENTRIES, b""),
    "told before any entry": (FrameType.ENTRIES, b"\x00tt\x00\x02"),
    "told of no log": (FrameType.BEACON, _TELLS),
    "a log told to hold nothing": (FrameType.BEACON, _TELLS + b"\x00"),
    "a log without gaps told as one with gaps": (FrameType.BEACON, _TELLS + b"\x03\x00\x04"),
    "three logs passed over in two steps": (FrameType.BEACON, _TELLS + b"\x23\x01\x02"),
    "more logs passed over than in one step": (FrameType.BEACON, _TELLS + b"\xa1\x08\x02"),
    "nothing told to wait": (FrameType.BEACON, _TELLS + b"\x02\x00"),
    "told to wait of a log that is not told": (FrameType.BEACON, _TELLS + b"\x02\x00\x01\x01\x04\x00"),
    "a log of which nothing waits": (FrameType.BEACON, _TELLS + b"\x02\x00\x00\x00"),
    "17 ranges that wait": (FrameType.BEACON, _TELLS + b"\x02\x00\x00\x11" + b"\x01\x00" * 17),
    "ranges that touch": (FrameType.BEACON, _TELLS + b"\x05\x01\x00\x00\x00"),
    "17 ranges": (FrameType.BEACON, _TELLS + b"\x23" + b"\x01\x00" * 17),
    "an entry of another version": (
        FrameType.ENTRIES,
        b"\x0d\x43\x40\x02\x01\x01the post" + b"head" + _SIGNATURE,
    ),
    "an entry of another version with its author's key": (
        FrameType.KEYED_ENTRIES,
        b"\x0d\x43\x40\x02\x01\x01the post" + bytes(32) + _SIGNATURE,
    ),
    "a single of number 0": (FrameType.ENTRIES, b"\x0d\x03\x40\x00\x01\x01the post" + b"head" + _SIGNATURE),
    "a run that is a single": (
        FrameType.ENTRIES,
        b"\xc8\x01\x02aaaa" + _CLOSE + _SIGNATURE,
    ),
    "a run of none": (FrameType.ENTRIES, b"\xd8\x00\x02aaaa" + bytes(16) + _SIGNATURE),
    "a run of 65": (FrameType.ENTRIES, b"\xc0\x41\x02aaaa" + _CLOSE + _CLOSE_SINCE * 64),
    "a run with a reserved bit": (FrameType.ENTRIES, b"\xc1\x02\x02aaaa" + _CLOSE + _CLOSE_SINCE),
    "a run with incarnation 0": (FrameType.ENTRIES, b"\xe0\x02\x00\x02aaaa" + _CLOSE + _CLOSE_SINCE),
    "a run from number 0": (FrameType.ENTRIES, b"\xc0\x02\x00aaaa" + _CLOSE + _CLOSE_SINCE),
    "a link at number 1": (
        FrameType.ENTRIES,
        b"\xd0\x02\x01" + bytes(32) + bytes(16) + _CLOSE + _CLOSE_SINCE,
    ),
    "a run that repeats flags": (
        FrameType.ENTRIES,
        b"\xc0\x02\x02aaaa" + _CLOSE + b"\x03\x40\x00\x02\x02the post",
    ),
    "a stamp since the one before that is not shorter": (
        FrameType.ENTRIES,
        b"\xc0\x02\x02aaaa" + _CLOSE + b"\xc3\x00\x01\x01the post",
    ),
    "a run that begins like the entry before": (
        FrameType.ENTRIES,
        b"\xc0\x02\x02aaaa" + _CLOSE_SINCE + _CLOSE_SINCE,
    ),
    "a stretch from number 1": (FrameType.ENTRIES, b"\xc4\x01\x05aaaa" + _DIGEST),
    "a stretch of no numbers": (FrameType.ENTRIES, b"\xc4\x03\x00aaaa" + _DIGEST),
    "a stretch that ends beyond all numbers": (
        FrameType.ENTRIES,
        b"\xc4\x03\xfd\xff\xff\xff\x0faaaa" + _DIGEST,
    ),
    "a stretch with a signature": (FrameType.ENTRIES, b"\xcc\x03\x05aaaa" + _DIGEST + _SIGNATURE),
    "a stretch with a reserved bit": (FrameType.ENTRIES, b"\xc6\x03\x05aaaa" + _DIGEST),
    "a stretch with incarnation 0": (FrameType.ENTRIES, b"\xe4\x00\x03\x05aaaa" + _DIGEST),
    "a stretch with no more entries than numbers": (FrameType.ENTRIES, b"\xd4\x03\x05aaaa\x00" + _DIGEST),
    "a stretch of more than two entries a number": (FrameType.ENTRIES, b"\xd4\x03\x05aaaa\x06" + _DIGEST),
    "a stretch with its author's key": (FrameType.KEYED_ENTRIES, b"\xc4\x03\x05" + bytes(32) + _DIGEST),
    "a salt key without a salt": (
        FrameType.ENTRIES,
        b"\x17\x03\x41\x02\x01\x01the postsalt key" + b"aaaa" + _SIGNATURE,
    ),
    "a salt key without a salt in a run": (
        FrameType.ENTRIES,
        b"\xc0\x02\x02aaaa" + b"\x03\x41\x08\x01\x01the postsalt key" + b"\x83\x00\x02\x02the post",
    ),
    "half of a salt key": (FrameType.ENTRIES, b"\x11\x04\x61\x02\x01\x01the postsalt" + b"aaaa" + _SIGNATURE),
    "a salt that follows from the key before it": (
        FrameType.ENTRIES,
        b"\xc0\x02\x02aaaa"
        + b"\x04\x61\x0a\x01\x01the postsalt keyzq"
        + b"\x04\x60\x0a\x02\x02the post"
        + bytes.fromhex("e1e774c6b00701ac")
        + b"zq",
    ),
    "a span that is none": (FrameType.SUMMARY, _SPEAKER + b"\x02"),
    "a line beyond the span": (FrameType.SUMMARY, _SPEAKER + b"\x01aaaa\x00aaaa\x02bbbb" + _LINE),
    "a span that runs backwards": (FrameType.SUMMARY, _SPEAKER + b"\x01bbbb\x00aaaa\x00"),
    "lines out of order": (FrameType.SUMMARY, _SPEAKER + b"\x00" + b"bbbb" + _LINE + b"aaaa" + _LINE),
    "a line of no range": (FrameType.SUMMARY, _SPEAKER + b"\x00aaaa\x00dig"),
    "a line that is partial and waiting": (FrameType.SUMMARY, _SPEAKER + b"\x00aaaa\x61\x00\x04"),
    "a line of incarnation 0 written out": (FrameType.SUMMARY, _SPEAKER + b"\x00aaaa\x81\x00\x00\x04dig"),
    "a question without pieces": (FrameType.REQUEST, _SPEAKER + b"aaaa\x00\x01\x00"),
    "a piece of no numbers": (FrameType.REQUEST, _SPEAKER + b"aaaa\x00\x01\x01\x00dig"),
    "a question from number 0": (FrameType.REQUEST, _SPEAKER + b"aaaa\x00\x00\x01\x01dig"),
    "keys for nobody": (FrameType.KEYS, b"aaaaepoch id\x01"),
}
"""By the rule, the frame's type and its plaintext."""

_POST = b"saltsalt\xc0\x88\x48"  # salt, notice, other, for 72 hours
REFUSED_ENTRIES: Mapping[str, bytes] = {
    "another version": b"\x43\x40\x02\x01\x01the post",
    "a salt key in what is signed": b"\x04\x61\x02\x01\x01the postsalt keyzq",
    "a reserved flag": b"\x03\x41\x02\x01\x01the post",
    "an actor of kind 3": b"\x03\x58\x02visitor!\x01\x01the post",
    "incarnation 0 written out": b"\x03\xc0\x00\x02\x01\x01the post",
    "number 0": b"\x03\x40\x00\x01\x01the post",
    "no subject": b"\x03\x00\x02\x01\x01",
    "a subject where there is none": b"\x12\x40\x02\x01\x01the post" + bytes(32),
    "bytes after an empty body": b"\x03\x40\x02\x01\x01the post\x00",
    "an invite made by a walk-up": b"\x0c\x08\x02visitor!\x01\x01" + b"theinvit\x01\x00",
    "words without a salt": b"\x04\x40\x02\x01\x01the postzq",
    "a salt without words": b"\x03\x60\x02\x01\x01the postsaltsalt",
    "more words than the fact has": b"\x04\x60\x02\x01\x01the postsaltsalta\nb\nc",
    "words that end in an empty field": b"\x04\x60\x02\x01\x01the postsaltsalta\n",
    "a control character": b"\x04\x60\x02\x01\x01the postsaltsalta\x1bb",
    "words that are not UTF-8": b"\x04\x60\x02\x01\x01the postsaltsalt\xff",
    "pressed words that are none": b"\x04\x64\x02\x01\x01the postsaltsalt",
    "a lifetime of no hours": b"\x01\x20\x02\x01\x01saltsalt\xc0\x88\x00zq",
    "a time that ends and never starts": b"\x01\x20\x02\x01\x01saltsalt\xc0\x8a\x48\x05zq",
    "an amount of 2.50": b"\x01\x20\x02\x01\x01saltsalt\xc1\x88\x48\xea\x07zq",
    "an amount of 0": b"\x01\x20\x02\x01\x01saltsalt\xc1\x88\x48\x00zq",
    "a unit without an amount": b"\x01\x20\x02\x01\x01" + _POST + b"zq\nboxes",
    "a signed edit": b"\x02\x60\x02\x01\x01the post" + _POST + b"zq\n\n\nAna",
    "nine tags": b"\x01\x20\x02\x01\x01" + _POST + b"zq\n\n\n" + b"\na" * 9,
    "a claim said to have words": b"\x05\x60\x02\x01\x01the postsaltsalt\x08",
    "member keys out of order": b"\x0e\x00\x02\x01\x01theinvitbbbbbbbbaaaaaaaa",
    "a contact of 20 bytes": b"\x13\x40\x02\x01\x01theclaim" + bytes(32 + 16 + 20),
    "an empty tag": b"\x01\x20\x02\x01\x01" + _POST + b"zq\n\n\n\n\na",
    "a place of 25 bytes": b"\x01\x20\x02\x01\x01" + _POST + b"zq\n\n" + b"p" * 25,
    "a flag of 2": b"\x14\x40\x02\x01\x01the post\x02",
}
"""By the rule, the packed entry."""
