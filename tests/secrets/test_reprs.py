"""What holds a secret never shows it: not in a repr, so not in a log line or a traceback."""

import base64
import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from rich.pretty import pretty_repr
from sqlmodel import SQLModel

import meshboard
from meshboard.domain.ids import EntryId, PostId
from meshboard.domain.views import ContactView
from meshboard.ledger.board.contacts_kept import ClaimKey
from meshboard.ledger.board.pick_ups_kept import PickUp
from meshboard.ledger.circle.circles import Identity, KeptInvite
from meshboard.ledger.entries.kept_members import Reckoning
from meshboard.link import Channel
from meshboard.radio.client import ChannelSlot
from meshboard.sim.device.settings import ChannelSettings
from meshboard.sim.lora_frame import ChannelLock
from meshboard.station.circle.beginning import join
from meshboard.station.circle.invites import InviteView
from meshboard.station.vault.locks import Protect
from meshboard.station.vault.vault import LedgerDraft
from meshboard.sync.setup import EngineSetup
from meshboard.trust.boxes import BoxKey, ClaimKeyPair
from meshboard.trust.identity import AuthorKey
from meshboard.trust.invite import invite_code, invite_id_of
from meshboard.trust.invite_bytes import CarriedEntry
from meshboard.trust.key_ring import EpochKey, KeyRing
from meshboard.trust.seal import DoorSeal
from meshboard.trust.secret import Secret
from tests.support.engines.lossy_network import trust_of
from tests.support.entries.examples import CIRCLE, INVITE, SEED
from tests.support.entries.unsigned import NOON

CONTACT = "555-0100 Ana, second door"
CODE = invite_code(INVITE)
OPENER = b"lamp river seven quilt"
"""A passphrase."""
SECRETS = (
    CIRCLE.epoch_key, CIRCLE.channel_psk, CIRCLE.channel_seed, SEED, INVITE.secret, OPENER, CODE.encode(),
    CODE[:28].encode(), CONTACT.encode(),
)  # fmt: skip

# Fields of bytes with such names that everybody may see, and why.
PUBLIC = {
    "StationIntroduced.box_key": "the public half, in every log",
    "FoundedCircle.box_keys": "the public halves, of simulated stations",
    "CircleFounded.box_key": "the public half, in every log",
    "StationJoined.invite_key": "the invite's public half",
    "ClaimKeyOffered.key": "the public half",
    "Standing.box_key": "the public half",
    "Actor.key": "who somebody is to others: a hash of a node's public key, or random",
    "PickUp.actor_key": "as Actor.key",
    "_Allowed.actor_key": "as Actor.key",
    "TextHeard.sender_key": "a node's public key",
    "OpenedPacket.sender_key": "a node's public key",
    "DeviceSettings.public_key": "what it says",
    "Item.author": "a public key",
    "Keys.wrapped": "sealed to one author each; it goes over the air",
    "KeySlot.wrapped": "of no use without what opens it; it lies on the disk",
}
_SECRET_NAME = re.compile(r"key|seed|secret|psk|passphrase|opener|wrapped")


def holders() -> Iterator[object]:
    """Return one of everything that holds a secret."""
    key = EpochKey(CIRCLE.epoch_id, 0, CIRCLE.epoch_key)
    ring = KeyRing.of(CIRCLE)
    assert ring.seal is not None
    yield from (CIRCLE, key, ring, ring.seal, DoorSeal(CIRCLE), INVITE, Secret(OPENER), [Secret(OPENER)])
    yield from (AuthorKey(SEED), BoxKey(SEED, CIRCLE.id), ClaimKeyPair(SEED))
    yield from (Protect(passphrase=Secret(OPENER)), LedgerDraft(Path("ledger"), Secret(OPENER)))
    yield Identity(AuthorKey(SEED), None)  # type: ignore[arg-type]  # the log says nothing
    yield KeptInvite(invite_id_of(INVITE), INVITE.secret, NOON, 1, None)
    yield Reckoning(CIRCLE.id, 1, CIRCLE.channel_seed, None, {}, None)  # type: ignore[arg-type]
    yield join("Ben", CODE)
    yield Channel("mesh", CIRCLE.channel_psk)
    yield ContactView(CONTACT, "given to nobody")
    yield PickUp(PostId(EntryId(b"the post")), b"visitor!", SEED[:16], SEED, NOON)
    yield EngineSetup(CIRCLE, AuthorKey(SEED).author, None, None, trust=trust_of(SEED, CIRCLE))  # type: ignore[arg-type]
    yield ChannelLock(**_filled(ChannelLock, psk=CIRCLE.channel_psk))  # type: ignore[arg-type]
    yield ChannelSettings(**_filled(ChannelSettings, psk=CIRCLE.channel_psk))  # type: ignore[arg-type]
    yield ChannelSlot(**_filled(ChannelSlot, key=CIRCLE.channel_psk))  # type: ignore[arg-type]
    yield ClaimKey(**_filled(ClaimKey, seed=SEED))  # type: ignore[arg-type]
    yield InviteView(**_filled(InviteView, code=CODE, qr_text=CODE, file_text=CODE, qr_rows=(CODE,)))  # type: ignore[arg-type]
    for table in _tables():
        yield table(**dict.fromkeys(table.model_fields, CIRCLE.epoch_key))


def _filled(kind: type, **secrets: object) -> dict[str, object]:
    """Return arguments for a value: the secrets, and nothing in the other fields."""
    assert is_dataclass(kind)
    return {field.name: secrets.get(field.name) for field in fields(kind)}


def _modules() -> Iterator[object]:
    for found in pkgutil.walk_packages(meshboard.__path__, "meshboard."):
        if "__main__" not in found.name:
            yield importlib.import_module(found.name)


def _classes() -> set[type]:
    return {
        one
        for module in _modules()
        for one in vars(module).values()
        if isinstance(one, type) and one.__module__.startswith("meshboard.")
    }


def _tables() -> list[type[SQLModel]]:
    found = [one for one in _classes() if issubclass(one, SQLModel) and hasattr(one, "__table__")]
    return sorted(found, key=lambda one: one.__name__)


def forms(secret: bytes) -> set[str]:
    """Return how a secret may be written."""
    plain = {secret.hex(), base64.b64encode(secret).decode(), repr(secret)[2:-1], repr(list(secret))[1:-1]}
    return plain | {secret.decode("utf-8", "ignore")} - {""}


@pytest.mark.parametrize("holder", list(holders()), ids=lambda one: type(one).__name__)
def test_no_holder_of_a_secret_shows_it(holder: object) -> None:
    for shown in (repr(holder), str(holder), f"{holder}", pretty_repr(holder), ascii(holder)):
        told = [form for secret in SECRETS for form in forms(secret) if len(form) > 7 and form in shown]
        assert not told


def test_every_class_with_a_secret_is_among_them() -> None:
    """A new class with a field of bytes called key, seed or the like is added here, or said to be public."""
    held = {type(holder).__name__ for holder in holders()}
    missing = {
        f"{one.__name__}.{field.name}"
        for one in _classes()
        if is_dataclass(one) and one.__name__ not in held
        for field in fields(one)
        if _SECRET_NAME.search(field.name) and field.repr and "bytes" in str(field.type)
    }

    assert missing - PUBLIC.keys() == set()


def test_the_search_would_find_a_secret_that_shows() -> None:
    shown = repr(CarriedEntry(AuthorKey(SEED).author, CIRCLE.epoch_key, b""))

    assert any(form in shown for form in forms(CIRCLE.epoch_key))
