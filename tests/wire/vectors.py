"""Makes tests/wire/vectors.json: examples of every kind, with their keys, for a second implementation.

Write it anew, `python -m tests.wire.vectors > tests/wire/vectors.json`, to add to it. What is in it stays
as it is: other bytes, or another meaning of the same, are another protocol version.
"""

import json
import sys
from typing import TypedDict

from meshboard.domain.entries import (
    SignedEntry,
)
from meshboard.sync.holdings.summary import state_of
from meshboard.sync.holdings.telling import table_of
from meshboard.trust.circle import (
    commitment_of,
    door_key_of,
    seal_key_of,
)
from meshboard.trust.identity import AuthorKey
from meshboard.trust.invite import (
    invite_code,
    invite_file,
    invite_qr_text,
)
from meshboard.trust.seal import DoorSeal, FrameSeal
from meshboard.wire.frames import (
    Frame,
    Hello,
    Keys,
)
from meshboard.wire.framing import push_frame, seal_frame
from meshboard.wire.letter_model import letter_model
from meshboard.wire.letters import press
from meshboard.wire.text_bytes import CODEC_DEFLATE_1, CODEC_LETTERS, CODEC_RAW, deflate
from tests.support.entries.examples import (
    BOX,
    CIRCLE,
    CLAIM,
    CLAIM_KEYS,
    CLAIM_SEED,
    CONTACT,
    EPHEMERAL_SEED,
    FIRST_EPOCH_KEY,
    INVITE,
    JOINER,
    JOINER_SEED,
    JOINERS_BOX,
    LATER_INVITE,
    NEXT,
    OWN_CHANNEL_INVITE,
    SEALED_CONTACT,
    SECRET,
    SEED,
    WRAPPED,
    frames,
    signed_facts,
)
from tests.wire.example_board import board, board_frames, holdings
from tests.wire.plain import entry_as_plain, frame_as_plain
from tests.wire.refused import REFUSED_ENTRIES, REFUSED_FRAMES


class EntryVector(TypedDict):
    """One entry."""

    name: str
    author: str
    packed: str
    id: str
    link: str
    """Empty where its author signed none."""
    signature: str
    """Empty where the entry after it proves it."""
    says: dict[str, object]
    """What is packed, and its digest."""


class FrameVector(TypedDict):
    """One frame."""

    name: str
    frame: str
    plaintext: str
    says: dict[str, object]


class BoardVector(TypedDict):
    """What one station holds, all of it, and what it tells of it."""

    entries: list[EntryVector]
    state: str
    table: str
    frames: list[FrameVector]


class EpochVector(TypedDict):
    """The circle's second epoch, and its key as one author gives it to another."""

    id: str
    number: int
    key: str
    commitment: str
    seal_key: str
    beacon: str
    """The frame BEACON, sealed in this epoch."""
    to_seed: str
    """The author seed of whom the key is given to."""
    to_author: str
    to_box_key: str
    wrapped: str


class ContactVector(TypedDict):
    """A contact, sealed."""

    text: str
    claim: str
    claim_key_seed: str
    claim_key: str
    ephemeral_seed: str
    sealed: str


class WordsVector(TypedDict):
    """Words in each codec."""

    fields: list[str]
    codec: int
    packed: str


class RefusedVector(TypedDict):
    """Bytes that nobody may take for anything."""

    name: str
    type: int
    """Of the frame whose plaintext it is; 0 for a packed entry."""
    refused: str


class Vectors(TypedDict):
    """Everything in the file; all bytes in hexadecimal."""

    author_seed: str
    author_key: str
    first_epoch_key: str
    channel_seed: str
    circle_id: str
    channel_psk: str
    door_key: str
    seal_key: str
    box_key: str
    second_epoch: EpochVector
    contact: ContactVector
    invite_code: str
    invite_qr_text: str
    later_invite_qr_text: str
    own_channel_invite_qr_text: str
    """Of the second epoch, with a slot and a channel name of its own."""
    invite_file: str
    invite_secret: str
    entries: list[EntryVector]
    frames: list[FrameVector]
    board: BoardVector
    words: list[WordsVector]
    refused_frames: list[RefusedVector]
    refused_entries: list[RefusedVector]


WORDS = (
    ("need water",),
    ("2 boxes of diapers, size 4", "boxes", "library", "Ana", "baby", "hygiene"),
    ("Necesito 3 garrafones de agua, no puedo cargar", "garrafones"),
    ("треба підвезти маму до лікарні", "", "школа"),
    ("请帮忙买药 龘", "盒"),
    ("🛶 \U000e0001?", "boat"),
    ("a", "", "", "", "", "", "tag"),
)


def make_vectors() -> Vectors:
    """Return the vectors as this version makes them."""
    key, circle = AuthorKey(SEED), CIRCLE
    return Vectors(
        author_seed=SEED.hex(),
        author_key=key.author.hex(),
        first_epoch_key=FIRST_EPOCH_KEY.hex(),
        channel_seed=circle.channel_seed.hex(),
        circle_id=circle.id.hex(),
        channel_psk=circle.channel_psk.hex(),
        seal_key=seal_key_of(circle.id, circle.epoch_key).hex(),
        door_key=door_key_of(circle).hex(),
        box_key=BOX.public.hex(),
        second_epoch=_epoch_vector(),
        contact=_contact_vector(),
        invite_code=invite_code(INVITE),
        invite_qr_text=invite_qr_text(INVITE),
        later_invite_qr_text=invite_qr_text(LATER_INVITE),
        own_channel_invite_qr_text=invite_qr_text(OWN_CHANNEL_INVITE),
        invite_file=invite_file(INVITE, signed_facts()["InviteMade"]),
        invite_secret=SECRET.hex(),
        entries=[_entry_vector(name, signed) for name, signed in signed_facts().items()],
        frames=[_frame_vector(name, frame) for name, frame in frames().items()],
        board=_board_vector(),
        words=[vector for fields in WORDS for vector in _words_vectors(fields)],
        refused_frames=[
            RefusedVector(name=name, type=frame_type, refused=plaintext.hex())
            for name, (frame_type, plaintext) in REFUSED_FRAMES.items()
        ],
        refused_entries=[
            RefusedVector(name=name, type=0, refused=packed.hex()) for name, packed in REFUSED_ENTRIES.items()
        ],
    )


def _words_vectors(fields: tuple[str, ...]) -> list[WordsVector]:
    joined = "\n".join(fields)
    ways = {
        CODEC_RAW: joined.encode(),
        CODEC_DEFLATE_1: deflate(joined.encode()),
        CODEC_LETTERS: press(joined, letter_model()),
    }
    return [
        WordsVector(fields=list(fields), codec=codec, packed=packed.hex()) for codec, packed in ways.items()
    ]


def _epoch_vector() -> EpochVector:
    seal = FrameSeal(CIRCLE.id, NEXT.number, NEXT.key)
    return EpochVector(
        id=NEXT.id.hex(),
        number=NEXT.number,
        key=NEXT.key.hex(),
        commitment=commitment_of(CIRCLE.id, NEXT.key).hex(),
        seal_key=seal_key_of(CIRCLE.id, NEXT.key).hex(),
        beacon=seal_frame(frames()["BEACON"], seal).hex(),
        to_seed=JOINER_SEED.hex(),
        to_author=JOINER.author.hex(),
        to_box_key=JOINERS_BOX.public.hex(),
        wrapped=WRAPPED.hex(),
    )


def _contact_vector() -> ContactVector:
    return ContactVector(
        text=CONTACT,
        claim=CLAIM.hex(),
        claim_key_seed=CLAIM_SEED.hex(),
        claim_key=CLAIM_KEYS.public.hex(),
        ephemeral_seed=EPHEMERAL_SEED.hex(),
        sealed=SEALED_CONTACT.hex(),
    )


def _sealed(frame: Frame) -> bytes:
    first = FrameSeal(CIRCLE.id, CIRCLE.epoch, CIRCLE.epoch_key)
    return seal_frame(frame, DoorSeal(CIRCLE) if isinstance(frame, Hello | Keys) else first)


def _frame_vector(name: str, frame: Frame) -> FrameVector:
    plaintext = push_frame(frame).hex()
    return FrameVector(name=name, frame=_sealed(frame).hex(), plaintext=plaintext, says=frame_as_plain(frame))


def _entry_vector(name: str, signed: SignedEntry) -> EntryVector:
    entry = signed.entry
    return EntryVector(
        name=name,
        author=entry.log.author.hex(),
        packed=signed.packed.hex(),
        id=entry.id.hex(),
        link=signed.link.hex(),
        signature=signed.signature.hex(),
        says=entry_as_plain(entry),
    )


def _board_vector() -> BoardVector:
    return BoardVector(
        entries=[_entry_vector(type(signed.entry.fact).__name__, signed) for signed in board()],
        state=state_of(holdings()).hex(),
        table=table_of(sorted(holdings())).hex(),
        frames=[_frame_vector(name, frame) for name, frame in board_frames().items()],
    )


if __name__ == "__main__":
    json.dump(make_vectors(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
