import json
from pathlib import Path
from typing import cast

import pytest

from meshboard.domain.ids import AuthorId, CircleId, ClaimId, EntryId, EpochId
from meshboard.errors import WireError
from meshboard.trust.boxes import BoxKey, open_contact
from meshboard.trust.circle import commitment_of
from meshboard.trust.invite import read_invite
from meshboard.trust.key_ring import KeyRing
from meshboard.trust.seal import DoorSeal
from meshboard.wire.entry_bytes import is_authentic, unpack_entry
from meshboard.wire.frames import FrameType
from meshboard.wire.framing import open_frame, pull_frame, push_frame
from meshboard.wire.letter_model import letter_model
from meshboard.wire.letters import press
from meshboard.wire.text_bytes import CODEC_DEFLATE_1, CODEC_LETTERS, unpack_words
from tests.support.entries.examples import CIRCLE, FACTS, frames, signed_facts
from tests.wire.plain import entry_as_plain
from tests.wire.vectors import WORDS, RefusedVector, Vectors, make_vectors

VECTORS = cast(Vectors, json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8")))


def test_recorded_entries_are_read_as_what_they_were_made_from() -> None:
    author, circle = (
        AuthorId(bytes.fromhex(VECTORS["author_key"])),
        CircleId(bytes.fromhex(VECTORS["circle_id"])),
    )
    for vector in VECTORS["entries"]:
        signed = unpack_entry(
            author,
            circle,
            *(bytes.fromhex(vector[name]) for name in ("packed", "signature", "link")),
        )

        assert FACTS[vector["name"]] == signed.entry.fact
        assert vector["says"] == entry_as_plain(signed.entry)
        assert is_authentic(signed)


def test_recorded_frames_open_as_what_they_were_made_from() -> None:
    ring = KeyRing.of(CIRCLE)
    for vector in VECTORS["frames"]:
        frame = open_frame(bytes.fromhex(vector["frame"]), ring, DoorSeal(CIRCLE)).frame

        assert vector["plaintext"] == push_frame(frame).hex()
        if "ENTRIES" not in vector["name"]:
            assert frames()[vector["name"]] == frame


def test_keys_codes_and_uncompressed_bytes_are_made_as_recorded() -> None:
    """Words in codec 1 may be written differently by another zlib; they are only read."""
    made = make_vectors()

    for name in VECTORS.keys() - {"entries", "frames", "board", "invite_file", "words"}:
        assert cast(dict[str, object], VECTORS)[name] == cast(dict[str, object], made)[name]
    for vector in VECTORS["entries"]:
        signed = signed_facts()[vector["name"]]
        is_deflated = bytes.fromhex(vector["packed"])[1] >> 1 & 3 == CODEC_DEFLATE_1
        assert is_deflated or vector["packed"] == signed.packed.hex()
    assert VECTORS["board"] == made["board"]  # its words are in codec 2
    for recorded, again in zip(VECTORS["frames"], made["frames"], strict=True):
        assert "first of its log" in recorded["name"] or recorded == again


def test_recorded_words_are_read_as_what_they_were_written_from() -> None:
    assert set(WORDS) == {tuple(vector["fields"]) for vector in VECTORS["words"]}
    for vector in VECTORS["words"]:
        packed = bytes.fromhex(vector["packed"])
        assert unpack_words(vector["codec"], packed) == tuple(vector["fields"])
        if vector["codec"] == CODEC_LETTERS:
            assert press("\n".join(vector["fields"]), letter_model()) == packed


def test_the_recorded_key_opens_for_whom_it_was_given_and_opens_the_recorded_frame() -> None:
    told = VECTORS["second_epoch"]
    box = BoxKey(bytes.fromhex(told["to_seed"]), CIRCLE.id)
    giver, giver_box = AuthorId(bytes.fromhex(VECTORS["author_key"])), bytes.fromhex(VECTORS["box_key"])
    epoch_id = EpochId(EntryId(bytes.fromhex(told["id"])))

    key = box.unwrap(epoch_id, told["number"], giver, giver_box, bytes.fromhex(told["wrapped"]))
    assert key.key.hex() == told["key"]
    assert commitment_of(CIRCLE.id, key.key).hex() == told["commitment"]
    ring = KeyRing.of(CIRCLE).with_key(key)
    assert open_frame(bytes.fromhex(told["beacon"]), ring, DoorSeal(CIRCLE)).epoch == key


def test_the_recorded_contact_opens() -> None:
    told = VECTORS["contact"]
    claim = ClaimId(EntryId(bytes.fromhex(told["claim"])))

    opened = open_contact(bytes.fromhex(told["sealed"]), claim, bytes.fromhex(told["claim_key_seed"]))
    assert opened == told["text"]


def test_recorded_invites_lead_into_the_recorded_circle() -> None:
    for text in (VECTORS["invite_code"], VECTORS["invite_qr_text"], VECTORS["invite_file"]):
        invite = read_invite(text)
        assert invite.circle == CIRCLE
        assert invite.secret.hex() == VECTORS["invite_secret"]
    carried = read_invite(VECTORS["invite_file"]).made_by
    assert carried is not None
    signed = unpack_entry(carried.author, CIRCLE.id, carried.packed, carried.signature, carried.link)
    assert is_authentic(signed)
    assert FACTS["InviteMade"] == signed.entry.fact
    assert (
        read_invite(VECTORS["later_invite_qr_text"]).circle.epoch_key.hex() == VECTORS["second_epoch"]["key"]
    )


def test_every_fact_and_frame_type_has_a_vector() -> None:
    assert set(FACTS) == {vector["name"] for vector in VECTORS["entries"]}
    assert set(frames()) == {vector["name"] for vector in VECTORS["frames"]}


@pytest.mark.parametrize("vector", VECTORS["refused_frames"], ids=lambda one: str(one["name"]))
def test_recorded_frames_in_no_allowed_form_are_refused(vector: RefusedVector) -> None:
    with pytest.raises(WireError):
        pull_frame(FrameType(vector["type"]), bytes.fromhex(vector["refused"]))


@pytest.mark.parametrize("vector", VECTORS["refused_entries"], ids=lambda one: str(one["name"]))
def test_recorded_entries_in_no_allowed_form_are_refused(vector: RefusedVector) -> None:
    with pytest.raises(WireError):
        unpack_entry(
            AuthorId(bytes.fromhex(VECTORS["author_key"])), CIRCLE.id, bytes.fromhex(vector["refused"])
        )
