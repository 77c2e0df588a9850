import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshboard.errors import RuleError, TrustError
from meshboard.trust.keyslot import (
    SLOT_BYTES,
    Cost,
    SlotKind,
    pack_slot,
    read_slot,
    refuse_tiny,
    unwrap_key,
    wrap_key,
)
from meshboard.trust.secret import Secret

CHEAP = Cost(8 * 1024, 1)
KEY = Secret(bytes(range(32)))
SALT = bytes(range(16))
WORDS = Secret.of_text("lamp river seven quilt")


@pytest.mark.parametrize("cost", [CHEAP, None])
def test_what_wrapped_a_key_opens_it(cost: Cost | None) -> None:
    slot = read_slot(pack_slot(wrap_key(KEY, WORDS, SALT, cost)))

    assert unwrap_key(slot, WORDS) == KEY
    assert slot.kind is (SlotKind.PASSPHRASE if cost else SlotKind.KEY_FILE)


@pytest.mark.parametrize(
    ("cost", "sentence"), [(CHEAP, "not this board's passphrase"), (None, "does not belong to this board")]
)
def test_anything_else_is_refused_with_a_sentence(cost: Cost | None, sentence: str) -> None:
    with pytest.raises(TrustError, match=sentence):
        unwrap_key(wrap_key(KEY, WORDS, SALT, cost), Secret.of_text("lamp river seven quilts"))


def test_a_slot_shows_neither_the_key_nor_what_opens_it() -> None:
    packed = pack_slot(wrap_key(KEY, WORDS, SALT, CHEAP))

    assert len(packed) == SLOT_BYTES
    assert bytes(KEY.reveal()) not in packed
    assert bytes(WORDS.reveal()) not in packed


@pytest.mark.parametrize("cost", [CHEAP, None])
def test_every_changed_byte_of_a_slot_is_noticed(cost: Cost | None) -> None:
    packed = pack_slot(wrap_key(KEY, WORDS, SALT, cost))

    for place in range(len(packed)):
        altered = packed[:place] + bytes([packed[place] ^ 1]) + packed[place + 1 :]
        with pytest.raises(TrustError):
            read_slot(altered)


@pytest.mark.parametrize("length", [0, 1, 3, 31, 32, SLOT_BYTES - 1])
def test_a_slot_cut_short_is_refused(length: int) -> None:
    with pytest.raises(TrustError, match=r"damaged|not one that meshboard made"):
        read_slot(pack_slot(wrap_key(KEY, WORDS, SALT, CHEAP))[:length])


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes_are_a_slot_or_refused(found: bytes) -> None:
    try:
        slot = read_slot(found)
    except TrustError:
        return
    assert pack_slot(slot) == found


@pytest.mark.parametrize(
    "cost",
    [
        Cost(2**31, 1), Cost(8 * 1024, 2**31), Cost(8 * 1024, 1, 255), Cost(1024, 1), Cost(8 * 1024, 0),
        Cost(1024 * 1024, 1000), Cost(1024 * 1024, 17), Cost(64 * 1024, 257),
    ],
)  # fmt: skip
def test_a_slot_that_would_keep_the_machine_busy_for_ever_is_refused(cost: Cost) -> None:
    packed = pack_slot(wrap_key(KEY, WORDS, SALT, None))
    head = packed[:5] + bytes([1, cost.lanes, 0]) + cost.memory_kib.to_bytes(4, "big")
    body = head + cost.iterations.to_bytes(4, "big") + packed[16:-8]
    import hashlib

    with pytest.raises(TrustError, match="never asks for"):
        read_slot(body + hashlib.sha256(body).digest()[:8])


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("", "at least 10"), ("kitchen", "at least 10"), ("aaaaaaaaaaaaaaa", "repeats itself"),
     ("1212121212121", "repeats itself")],
)  # fmt: skip
def test_tiny_passphrases_are_refused_with_the_reason(typed: str, reason: str) -> None:
    with pytest.raises(RuleError, match=reason):
        refuse_tiny(Secret.of_text(typed))


def test_four_words_are_a_passphrase() -> None:
    refuse_tiny(WORDS)


def test_letters_are_the_same_however_the_keyboard_composes_them() -> None:
    assert Secret.of_text("caf\u00e9 au lait") == Secret.of_text("cafe\u0301 au lait")


def test_a_secret_shows_itself_nowhere() -> None:
    for shown in (repr(WORDS), str(WORDS), f"{WORDS}", f"{[WORDS]}", f"{wrap_key(KEY, WORDS, SALT, None)}"):
        assert "lamp" not in shown


def test_a_forgotten_secret_is_gone() -> None:
    secret = Secret(b"lamp river")
    held = secret.reveal()

    secret.forget()

    assert secret.is_forgotten
    assert b"lamp" not in held
