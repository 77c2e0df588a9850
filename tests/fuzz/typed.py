"""Openers of what people type, scan or copy: invites, settings, key slots, text messages."""

import json
import random
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from meshboard.config import CONFIG_FILE, load_settings
from meshboard.domain.ids import CODE_ALPHABET
from meshboard.errors import ConfigError, RuleError, TrustError
from meshboard.handheld.grammar import parse
from meshboard.radio.addresses import parse_address
from meshboard.station.circle.beginning import join
from meshboard.trust.base32 import from_run, in_groups, squeezed, to_letters
from meshboard.trust.codes import normal_pick_up_code
from meshboard.trust.invite import invite_code, invite_qr_text, prove, read_invite
from meshboard.trust.invite_bytes import push_invite, with_checksum
from meshboard.trust.key_ring import KeyRing
from meshboard.trust.keyslot import Cost, pack_slot, read_slot, unwrap_key, wrap_key
from meshboard.trust.keyslot import _check as slot_check
from meshboard.trust.seal import DoorSeal
from meshboard.trust.secret import Secret
from tests.fuzz.altering import altered, altered_text, as_bytes, as_text
from tests.fuzz.target import Target
from tests.support.entries.drawn import KEY
from tests.support.entries.examples import INVITE, LATER_INVITE

READING_S = 0.25  # as tests.fuzz.on_air.DECODING_S
_CODE_SIGNS = CODE_ALPHABET + CODE_ALPHABET.lower() + "OIL- \n:_.,ßﬁ٣"
_INVITES = tuple(push_invite(invite) for invite in (INVITE, LATER_INVITE))


@cache
def _vectors() -> dict[str, str]:
    """Return the invites among the golden vectors; the rest of them is no text."""
    recorded = Path(__file__).parents[1] / "wire" / "vectors.json"
    return {name: one for name, one in json.loads(recorded.read_bytes()).items() if isinstance(one, str)}


@cache
def _invite_texts() -> Sequence[str]:
    vectors = _vectors()
    return (
        vectors["invite_code"], vectors["invite_qr_text"], vectors["later_invite_qr_text"],
        vectors["invite_file"],
    )  # fmt: skip


@cache
def _file_bytes() -> bytes:
    """Return what an invite's file holds, before its checksum."""
    letters = squeezed(_vectors()["invite_file"]).removeprefix("MESHBOARD:FILE:2:")
    return from_run(letters, 1000)[:-2]


def _invite(chance: random.Random) -> bytes:
    """Return an invite altered as text, or before its letters and checksums were made."""
    how = chance.randrange(4)
    if how == 0:
        return altered_text(chance, chance.choice(_invite_texts()), _CODE_SIGNS)
    if how == 1:
        return as_bytes(in_groups(with_checksum(altered(chance, chance.choice(_INVITES), _INVITES))))
    if how == 2:
        letters = to_letters(with_checksum(altered(chance, chance.choice(_INVITES), _INVITES)))
        return as_bytes(f"MESHBOARD:{chance.choice('1122390')}:{letters}")
    letters = to_letters(with_checksum(altered(chance, _file_bytes(), _INVITES)))
    return as_bytes(f"MESHBOARD:FILE:{chance.choice('2222213')}:\n{letters}\n")


def _read_invite(case: bytes) -> None:
    invite = read_invite(as_text(case))
    KeyRing.of(invite.circle)
    DoorSeal(invite.circle)
    prove(invite, KEY.author)
    assert read_invite(invite_qr_text(invite)).circle == invite.circle, "it cannot be passed on"
    assert read_invite(invite_code(invite)).secret == invite.secret, "it cannot be passed on"


def _join(case: bytes) -> None:
    join("Ben", as_text(case))


_CONFIG = (
    'link = "tcp://localhost:4403"\nport_number = 256\nhop_limit = 3\nchannel = "mesh"\n'
    'set_up_radio = true\nkey_file = "/media/stick/key"\nlock_after_min = 15\n',
    "hop_limit = 7\n",
)
_CONFIG_SIGNS = "=\"\n[]{}.,_-+#'\\0123456789eEtrufalsinxo \t\r\0\x1b"


def _config_into(home: Path) -> Callable[[bytes], None]:
    def read(case: bytes) -> None:
        (home / CONFIG_FILE).write_bytes(case)
        settings = load_settings(home)
        parse_address(settings.link)

    return read


_ADDRESSES = ("tcp://localhost:4403", "serial:///dev/ttyACM0", "auto", "none", "tcp://[::1]:99", "node.local")


def _parse_address(case: bytes) -> None:
    address = parse_address(as_text(case))
    assert len(str(address)) < 10_000, "an address grows"


_PASSPHRASE, _LEDGER_KEY = b"lamp river seven quilt", bytes(range(32))
_CHEAP_KIB = 8 * 1024


@cache
def _slots() -> Sequence[bytes]:
    key = Secret(_LEDGER_KEY)
    by_words = wrap_key(key, Secret(_PASSPHRASE), b"s" * 16, Cost(_CHEAP_KIB, 1))
    return pack_slot(by_words), pack_slot(wrap_key(key, Secret(bytes(32)), b"s" * 16, None))


def _slot(chance: random.Random) -> bytes:
    slot = chance.choice(_slots())
    if chance.random() < 0.3:
        return altered(chance, slot, _slots())
    body = altered(chance, slot[:-8], _slots())
    return body + slot_check(body)


def _open_slot(case: bytes) -> None:
    slot = read_slot(case)
    assert pack_slot(slot) == case, "two ways to say one thing"
    if slot.cost is None:
        key = unwrap_key(slot, Secret(bytes(32)))
    elif slot.cost == Cost(_CHEAP_KIB, 1):
        key = unwrap_key(slot, Secret(_PASSPHRASE))
    else:
        return  # what it may cost at most, tests/trust says
    assert key == Secret(_LEDGER_KEY), "another key came out"


_MESSAGES = (
    "need water 5 gal at Oak St urgent", "have 3 blankets", "list water", "my", "more", "K7Q2", "take K7Q2 2",
    "done K7Q2", "cancel", "note K7Q2 on my way", "can anyone bring insulin??", "HELP mom fell", "help", "?",
    "drop K7Q2", "show me K7Q2 please", "task: unload van @ 18:30 2 people", "thanks!", "necesito agua",
)  # fmt: skip
MESSAGE_SIGNS = "K7Q2 0123456789.,:;?!'’-/@#*\"()\n\t\0\u200b\u202e١½²🫶👩‍👧e\u0301ÅİßαЖ水"


def message(chance: random.Random) -> bytes:
    """Return a text message somebody might send, or nobody would."""
    words = " ".join(chance.choice(_MESSAGES) for _ in range(chance.choice((1, 1, 1, 2, 6))))
    return altered_text(chance, words, MESSAGE_SIGNS)


def _parse_message(case: bytes) -> None:
    parse(as_text(case))


def _type_code(case: bytes) -> None:
    code = normal_pick_up_code(as_text(case))
    assert code is None or normal_pick_up_code(code) == code, "a code that is not itself"


def typed(home: Path) -> tuple[Target, ...]:
    """Return the targets; one writes a config.toml into `home`."""
    return (
        Target("invite", _invite, _read_invite, (TrustError,), READING_S),
        Target("joining", _invite, _join, (TrustError, RuleError), READING_S),
        Target(
            "config",
            lambda chance: altered_text(chance, chance.choice(_CONFIG), _CONFIG_SIGNS),
            _config_into(home),
            (ConfigError,),
            READING_S,
        ),
        Target(
            "address",
            lambda chance: altered_text(
                chance, chance.choice(_ADDRESSES), "[]:/@%#?.-0123456789 \x00é\u2100"
            ),
            _parse_address,
            (ConfigError,),
            READING_S,
        ),
        Target("key-slot", _slot, _open_slot, (TrustError,), 1.0),
        Target("message", message, _parse_message, (), READING_S),
        Target(
            "pick-up-code",
            lambda chance: altered_text(chance, "K7Q2M0", _CODE_SIGNS),
            _type_code,
            (),
            READING_S,
        ),
    )
