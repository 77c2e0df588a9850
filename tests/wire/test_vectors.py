import json
from pathlib import Path
from typing import cast

from meshboard.domain.ids import AuthorId, CircleId
from meshboard.trust.circle import make_circle
from meshboard.trust.seal import FrameSeal
from meshboard.wire.entries import is_authentic, unpack_entry
from meshboard.wire.framing import open_frame, push_frame
from tests.wire.vectors import FACTS, FIRST_EPOCH_KEY, Vectors, frames, make_vectors, signed_facts

VECTORS = cast(Vectors, json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8")))


def test_recorded_entries_are_read_as_what_they_were_made_from() -> None:
    author, circle = (
        AuthorId(bytes.fromhex(VECTORS["author_key"])),
        CircleId(bytes.fromhex(VECTORS["circle_id"])),
    )
    for vector in VECTORS["entries"]:
        signed = unpack_entry(
            author, circle, bytes.fromhex(vector["packed"]), bytes.fromhex(vector["signature"])
        )

        assert FACTS[vector["name"]] == signed.entry.fact
        assert vector["digest"] == signed.entry.digest.hex()
        assert (vector["number"], vector["incarnation"]) == (
            signed.entry.number,
            signed.entry.log.incarnation,
        )
        assert is_authentic(signed)


def test_recorded_frames_open_as_what_they_were_made_from() -> None:
    seal = FrameSeal(make_circle("Elm Street", FIRST_EPOCH_KEY))
    for vector in VECTORS["frames"]:
        frame = open_frame(bytes.fromhex(vector["frame"]), seal)

        assert vector["plaintext"] == push_frame(frame).hex()
        if "ENTRIES" not in vector["name"]:
            assert frames()[vector["name"]] == frame


def test_keys_codes_and_uncompressed_bytes_are_made_as_recorded() -> None:
    """Compressed words may be written differently by another zlib; they are only read above."""
    made = make_vectors()

    for name in ("author_key", "circle_id", "channel_psk", "seal_key", "invite_code", "invite_qr_text"):
        assert VECTORS[name] == made[name]
    for vector in VECTORS["entries"]:
        signed = signed_facts()[vector["name"]]
        is_compressed = bytes.fromhex(vector["packed"])[1] >> 1 & 3
        assert is_compressed or vector["packed"] == signed.packed.hex()
    for recorded, again in zip(VECTORS["frames"], made["frames"], strict=True):
        assert "first of its log" in recorded["name"] or recorded == again


def test_every_fact_and_frame_type_has_a_vector() -> None:
    assert set(FACTS) == {vector["name"] for vector in VECTORS["entries"]}
    assert set(frames()) == {vector["name"] for vector in VECTORS["frames"]}
