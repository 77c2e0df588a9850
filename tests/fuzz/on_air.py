"""Openers of what comes by air: frames, entries, keys, contacts."""

import random

from meshboard.domain.ids import ClaimId, EntryId, EpochId
from meshboard.domain.merge import speaks_truly
from meshboard.domain.text import shown_line
from meshboard.errors import TrustError, WireError
from meshboard.trust.boxes import BoxKey, ClaimKeyPair, _cipher, seal_contact
from meshboard.trust.derivation import box_pair, shared_secret
from meshboard.trust.identity import AuthorKey
from meshboard.trust.key_ring import EpochKey
from meshboard.wire.entry_bytes import is_authentic, place_of_packed, unpack_entry
from meshboard.wire.frames import Hello, Keys
from meshboard.wire.framing import open_frame, seal_frame
from meshboard.wire.letter_model import letter_model
from meshboard.wire.letters import press, unpress
from meshboard.wire.text_bytes import MAX_LETTERS, MAX_WORDS_BYTES
from tests.fuzz.altering import altered
from tests.fuzz.speaking import DOOR, RING, altered_entry, sealed_frame
from tests.fuzz.target import Target
from tests.support.entries.drawn import CIRCLE, KEY
from tests.support.entries.examples import SEED

DECODING_S = 0.25  # a decoder takes far below a millisecond; this is a pause a person would see


def _open_frame(case: bytes) -> None:
    opened = open_frame(case, RING, DOOR)
    assert (opened.epoch is None) == isinstance(opened.frame, Hello | Keys), "sealed with another's key"
    again = seal_frame(opened.frame, DOOR if opened.epoch is None else RING.seal_of(opened.epoch))
    assert again == case, "two ways to say one thing"


def _open_entry(case: bytes) -> None:
    packed, signature = case[:-64], case[-64:]
    signed = unpack_entry(KEY.author, CIRCLE.id, packed, signature)
    assert signed.entry.number == place_of_packed(packed).number, "two readings of one number"
    assert speaks_truly(signed.entry) in (True, False), "a fact that cannot be judged"
    if not is_authentic(signed):
        raise WireError("Not signed.")


_PRESSED = [
    press(text, letter_model()) for text in ("need water", "Agua para 3, por favor\n\nescuela", "龘 🛶 а")
]


def _unpress(case: bytes) -> None:
    text = unpress(case, letter_model(), MAX_LETTERS, MAX_WORDS_BYTES)
    assert press(text, letter_model()) == case, "two ways to write one text"


_BEN, _BOX = AuthorKey(b"b" * 32), BoxKey(b"b" * 32, CIRCLE.id)
_GIVER = BoxKey(SEED, CIRCLE.id)
_NEXT = EpochKey(EpochId(b"epoch 1a"), 1, bytes(range(1, 33)))
_WRAPPED = _GIVER.public + _GIVER.wrap_for(_NEXT, _BEN.author, _BOX.public)


def _open_key(case: bytes) -> None:
    key = _BOX.unwrap(_NEXT.id, 1, KEY.author, case[:32], case[32:])
    assert key.key == _NEXT.key, "a key that nobody sealed was taken"


_CLAIM, _CLAIM_KEY = ClaimId(EntryId(b"theclaim")), ClaimKeyPair(bytes(range(20, 52)))
_EPHEMERAL = bytes(range(60, 92))
_TEXTS = ("door bell 3", "Ana 555-0100 \u202e", "水" * 20, "\0\0", "a" * 64, "\x1b[2J", "")


def _contact(chance: random.Random) -> bytes:
    if chance.random() < 0.3:
        whole = seal_contact("Ana, 2nd door", _CLAIM, _CLAIM_KEY.public, _EPHEMERAL)
        return altered(chance, whole)
    pair = box_pair(_EPHEMERAL)
    public = pair.public_key().public_bytes_raw()
    cipher = _cipher(shared_secret(pair, _CLAIM_KEY.public), _CLAIM, public, _CLAIM_KEY.public)
    inside = altered(chance, chance.choice(_TEXTS).encode().ljust(16, b"\0"), [chance.randbytes(64)])
    return public + cipher.encrypt(inside or b"\0", [_CLAIM])


def _open_contact(case: bytes) -> None:
    text = _CLAIM_KEY.open(case, _CLAIM)
    assert text == shown_line(text), "what is shown could move the cursor"


def on_air() -> tuple[Target, ...]:
    """Return the targets."""
    refused = (WireError, TrustError)
    return (
        Target("frame", sealed_frame, _open_frame, refused, DECODING_S),
        Target("entry", altered_entry, _open_entry, (WireError,), DECODING_S),
        Target(
            "pressed",
            lambda chance: altered(chance, chance.choice(_PRESSED), _PRESSED),
            _unpress,
            (WireError,),
            DECODING_S,
        ),
        Target("key", lambda chance: altered(chance, _WRAPPED), _open_key, (TrustError,), DECODING_S),
        Target("contact", _contact, _open_contact, (TrustError,), DECODING_S),
    )
