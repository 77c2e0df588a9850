"""Wiping a board from one named handheld, with a code: off unless somebody switched it on."""

import base64
import binascii
import hmac
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from meshboard.domain.people import Actor
from meshboard.errors import MeshboardError, RuleError
from meshboard.figures import WIPE_TRIES
from meshboard.ledger.circle.remembered import WIPE_FROM_HANDHELD
from meshboard.ledger.ledger import Ledger
from meshboard.link import NodeNumber, TextHeard
from meshboard.station.texts.texts import sender_of
from meshboard.station.vault.locks import measured
from meshboard.station.vault.vault import Vault
from meshboard.station.vault.wipe_tries import count_try
from meshboard.station.vault.wiping import wipe
from meshboard.trust.keyslot import SALT_BYTES, Cost, argon2
from meshboard.trust.secret import Secret

NODE_KEY_BYTES = 32  # X25519, as Meshtastic uses it
MIN_CODE_CHARACTERS = 6
_HASH_BYTES = 32

_log = logging.getLogger("meshboard.station")


class WipeOutcome(Enum):
    """What became of a message that asks for a wipe."""

    NOT_MEANT = auto()
    """Not switched on, or from somebody else: it is answered like any message that is not understood."""
    WRONG_CODE = auto()
    TOO_MANY_TRIES = auto()
    WIPED = auto()


@dataclass(frozen=True, slots=True)
class _Allowed:
    """Who may wipe, and the hash of the code."""

    actor_key: bytes
    salt: bytes
    cost: Cost
    hashed: bytes

    def packed(self) -> str:
        numbers = (self.cost.memory_kib, self.cost.iterations, self.cost.lanes)
        return " ".join([self.actor_key.hex(), self.salt.hex(), *map(str, numbers), self.hashed.hex()])


def switch_on(ledger: Ledger, node_key: str, code: Secret, cost: Cost | None = None) -> None:
    """Let the handheld with this public key wipe the board with a code; in place of any other handheld.

    `node_key` is as the Meshtastic app shows it: base64, or 64 hexadecimal digits. RuleError with a sentence
    when it is neither, or when the code is too short.
    """
    if len(code.reveal()) < MIN_CODE_CHARACTERS:
        raise RuleError(f"The code needs at least {MIN_CODE_CHARACTERS} characters. Nothing was changed.")
    message = TextHeard("", NodeNumber(0), "", read_node_key(node_key), direct=True, packet_id=0)
    salt, cost = secrets.token_bytes(SALT_BYTES), cost or measured()
    allowed = _Allowed(sender_of(message).actor.key, salt, cost, _hashed(code, salt, cost))
    ledger.remembered.keep(WIPE_FROM_HANDHELD, allowed.packed())


def read_node_key(typed: str) -> bytes:
    """Return a node's public key, typed as base64 or hexadecimal digits; RuleError when it is none."""
    words = "".join(typed.split())
    try:
        key = (
            bytes.fromhex(words)
            if len(words) == 2 * NODE_KEY_BYTES
            else base64.b64decode(words, validate=True)
        )
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != NODE_KEY_BYTES:
        raise RuleError(
            "That is not a node's public key. The Meshtastic app shows it under Settings, Security: 44 "
            "letters and digits that end in “=”."
        )
    return key


def switch_off(ledger: Ledger) -> None:
    """Let no handheld wipe the board."""
    ledger.remembered.keep(WIPE_FROM_HANDHELD, "")


def is_on(ledger: Ledger) -> bool:
    """Say whether a handheld may wipe the board."""
    return bool(ledger.remembered.read(WIPE_FROM_HANDHELD))


class RemoteWipe:
    """Hears the wish to wipe, for one running station."""

    def __init__(self, vault: Vault, monotonic_s: Callable[[], float]) -> None:
        self._vault = vault
        self._monotonic_s = monotonic_s
        self._unkept = 0

    def hear(self, code: str, sender: Actor) -> WipeOutcome:
        """Wipe the home if this sender may and the code is right; takes half a second then, and no longer."""
        allowed = self._allowed()
        if allowed is None or not hmac.compare_digest(allowed.actor_key, sender.key):
            return WipeOutcome.NOT_MEANT
        if not self._may_try():
            return WipeOutcome.TOO_MANY_TRIES
        typed = Secret.of_text(code)
        is_right = hmac.compare_digest(_hashed(typed, allowed.salt, allowed.cost), allowed.hashed)
        typed.forget()
        if not is_right:
            _log.warning("a handheld asked for a wipe with a wrong code")
            return WipeOutcome.WRONG_CODE
        wipe(self._vault.home)
        return WipeOutcome.WIPED

    def _may_try(self) -> bool:
        """Count this try; one that cannot be stored is let through: on a full disk, too, a wipe must work."""
        try:
            with self._vault.open_ledger(checked=False) as ledger:
                return count_try(ledger, self._monotonic_s())
        except MeshboardError:
            self._unkept += 1
            return self._unkept <= WIPE_TRIES

    def _allowed(self) -> _Allowed | None:
        try:
            with self._vault.open_ledger(checked=False) as ledger:
                packed = ledger.remembered.read(WIPE_FROM_HANDHELD)
        except MeshboardError:
            return None
        if not packed:
            return None
        actor, salt, memory_kib, iterations, lanes, hashed = packed.split(" ")
        cost = Cost(int(memory_kib), int(iterations), int(lanes))
        return _Allowed(bytes.fromhex(actor), bytes.fromhex(salt), cost, bytes.fromhex(hashed))


def _hashed(code: Secret, salt: bytes, cost: Cost) -> bytes:
    return argon2(bytes(code.reveal()), salt, cost, _HASH_BYTES)
