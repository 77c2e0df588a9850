"""Makes tests/wire/vectors.json: examples of every kind, with their keys, for a second implementation.

Write it anew, `python -m tests.wire.vectors > tests/wire/vectors.json`, only with a new protocol version.
"""

import json
import sys
from decimal import Decimal
from typing import TypedDict

from meshboard.domain.entries import (
    ClaimAccepted,
    ClaimConfirmed,
    ClaimDelivered,
    ClaimReleased,
    Fact,
    LogId,
    PostClaimed,
    PostEdited,
    PostNoted,
    PostPublished,
    PostWithdrawn,
    SignedEntry,
    Stamp,
    StationIntroduced,
    Unknown,
)
from meshboard.domain.ids import ClaimId, EntryId, PostId
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.posts import Category, HandOff, PostContent, PostKind, Quantity, TimeWindow, Urgency
from meshboard.trust.circle import make_circle, seal_key_of
from meshboard.trust.identity import AuthorKey
from meshboard.trust.invite import invite_code, invite_qr_text
from meshboard.trust.seal import FrameSeal
from meshboard.wire.entries import Draft, sign_entry
from meshboard.wire.frames import Ask, Beacon, Entries, Frame, LogLine, Place, Request, Speaker, Summary
from meshboard.wire.framing import item_of, push_frame, seal_frame

SEED = bytes(range(100, 132))
FIRST_EPOCH_KEY = bytes(range(32))
SALT = b"saltsalt"
POST = PostId(EntryId(b"the post"))
CLAIM = ClaimId(EntryId(b"theclaim"))
CONTENT = PostContent(
    kind=PostKind.NEED,
    category=Category.WATER,
    urgency=Urgency.HIGH,
    text="drinking water for 4, agua potable, 水",
    quantity=Quantity(Decimal("2.5"), "gal"),
    place="5th & Oak",
    window=TimeWindow(1_763_800_000, 1_763_803_600),
    lifetime_hours=24,
    tags=("no stairs", "baby"),
    hand_off=HandOff.LEAVE_AT_DOOR,
    has_contact=True,
)
FACTS: dict[str, Fact] = {
    "StationIntroduced": StationIntroduced("Hall kiosk"),
    "PostPublished": PostPublished(CONTENT, "Ana"),
    "PostEdited": PostEdited(POST, PostContent(PostKind.NOTICE, Category.OTHER, Urgency.LOW, "zq")),
    "PostWithdrawn": PostWithdrawn(POST),
    "PostNoted": PostNoted(POST, "xkcd", ""),
    "PostClaimed": PostClaimed(POST, Quantity(Decimal(2)), "", 1_763_800_000, (CLAIM,)),
    "PostClaimed with a note": PostClaimed(POST, None, "qx", None, (), "Bo"),
    "ClaimAccepted": ClaimAccepted(CLAIM),
    "ClaimReleased": ClaimReleased(CLAIM),
    "ClaimDelivered": ClaimDelivered(CLAIM),
    "ClaimConfirmed": ClaimConfirmed(CLAIM),
    "a later kind": Unknown(42, b"what a later version said"),
}


class EntryVector(TypedDict):
    """One entry."""

    name: str
    fact: str
    actor: str
    number: int
    incarnation: int
    packed: str
    digest: str
    signature: str


class FrameVector(TypedDict):
    """One frame."""

    name: str
    plaintext: str
    frame: str


class Vectors(TypedDict):
    """Everything in the file; all bytes in hexadecimal."""

    author_seed: str
    author_key: str
    first_epoch_key: str
    circle_id: str
    channel_psk: str
    seal_key: str
    invite_code: str
    invite_qr_text: str
    entries: list[EntryVector]
    frames: list[FrameVector]


def make_vectors() -> Vectors:
    """Return the vectors as this version makes them."""
    key, circle = AuthorKey(SEED), make_circle("Elm Street", FIRST_EPOCH_KEY)
    return Vectors(
        author_seed=SEED.hex(),
        author_key=key.author.hex(),
        first_epoch_key=FIRST_EPOCH_KEY.hex(),
        circle_id=circle.id.hex(),
        channel_psk=circle.channel_psk.hex(),
        seal_key=seal_key_of(circle).hex(),
        invite_code=invite_code(circle),
        invite_qr_text=invite_qr_text(circle),
        entries=[_entry_vector(name, signed) for name, signed in signed_facts().items()],
        frames=[
            FrameVector(
                name=name, plaintext=push_frame(frame).hex(), frame=seal_frame(frame, FrameSeal(circle)).hex()
            )
            for name, frame in frames().items()
        ],
    )


def signed_facts() -> dict[str, SignedEntry]:
    """Return every fact, signed, with numbers and stamps of different sizes."""
    key, circle = AuthorKey(SEED), make_circle("Elm Street", FIRST_EPOCH_KEY)
    walk_up = Actor(ActorKind.WALK_UP, b"visitor!")
    signed = {}
    for place, (name, fact) in enumerate(FACTS.items()):
        draft = Draft(
            circle=circle.id,
            log=LogId(key.author, incarnation=place % 2),
            number=1 + place * 100,
            stamp=Stamp(place * 1000, None if place == 3 else 1_763_800_000 + place),
            actor=walk_up if place == 1 else Actor.member(key.author),
            fact=fact,
            salt=SALT,
        )
        signed[name] = sign_entry(draft, key)
    return signed


def frames() -> dict[str, Frame]:
    """Return a frame of every type."""
    speaker = Speaker(AuthorKey(SEED).author[:4], 300)
    lines = (
        LogLine(Place(b"aaaa"), ((1, 7), (9, 9)), b"dig"),
        LogLine(Place(b"bbbb", 2), ((1, 300),), b"est"),
        LogLine(Place(b"cccc"), ((5, 5),), b""),
    )
    signed = signed_facts()
    return {
        "ENTRIES, the first of its log": Entries((item_of(signed["StationIntroduced"]),)),
        "ENTRIES, two": Entries((item_of(signed["ClaimAccepted"]), item_of(signed["ClaimDelivered"]))),
        "KEYED ENTRIES": Entries((item_of(signed["ClaimAccepted"], is_keyed=True),), is_keyed=True),
        "BEACON": Beacon(speaker, b"\x01\x02\x03\x04"),
        "SUMMARY of all": Summary(speaker, None, lines),
        "SUMMARY of a span": Summary(speaker, (Place(bytes(4)), Place(b"cccc", 255)), lines),
        "SUMMARY of nothing": Summary(speaker, None, ()),
        "REQUEST": Request(speaker, (Ask(Place(b"aaaa"), 1, ((4, b"one"), (3, b"two"))),)),
    }


def _entry_vector(name: str, signed: SignedEntry) -> EntryVector:
    entry = signed.entry
    return EntryVector(
        name=name,
        fact=repr(entry.fact),
        actor=entry.actor.kind.name,
        number=entry.number,
        incarnation=entry.log.incarnation,
        packed=signed.packed.hex(),
        digest=entry.digest.hex(),
        signature=signed.signature.hex(),
    )


if __name__ == "__main__":
    json.dump(make_vectors(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
