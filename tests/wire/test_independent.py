"""Everything in vectors.json, made again from the rules of docs/protocol.md by a reader of its own."""

import ast
import functools
from pathlib import Path
from typing import cast

import pytest

from tests.wire.independent import Later, entry_of
from tests.wire.independent_frames import Frame
from tests.wire.independent_keys import (
    invite_key_of,
    is_signed,
    link_after,
    opened,
    sha,
)
from tests.wire.recorded import AUTHOR, CIRCLE, HERE, VECTORS, all_entries, all_frames, unhex, words
from tests.wire.vectors import EntryVector, FrameVector

FIRST_LINK = bytes(16)


def test_the_independent_readers_share_no_code_with_meshboard() -> None:
    for path in HERE.glob("independent*.py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        imported = [line for line in lines if line.startswith(("import ", "from "))]

        assert not [line for line in imported if "meshboard" in line]


@pytest.mark.parametrize("decoder", [["", "_frames"], ["_words"], ["_keys"]], ids=str)
def test_each_independent_decoder_has_under_300_lines(decoder: list[str]) -> None:
    assert sum(_lines_of_code(HERE / f"independent{part}.py") for part in decoder) < 300


def _lines_of_code(path: Path) -> int:
    """Return how many lines are neither blank nor docstring."""
    text = path.read_text(encoding="utf-8")
    documented = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
    ]
    return _written(text) - sum(_written(ast.get_docstring(node) or "") for node in documented)


def _written(text: str) -> int:
    return sum(line.strip() != "" for line in text.splitlines())


def place_of(vector: EntryVector) -> tuple[str, int, int]:
    says = vector["says"]
    return vector["author"], cast(int, says["incarnation"]), cast(int, says["number"])


def digest_of(vector: EntryVector) -> bytes:
    return unhex(cast(str, vector["says"]["digest"]))


@pytest.mark.parametrize("vector", VECTORS["words"], ids=lambda one: f"{one['fields'][0]}, {one['codec']}")
def test_words_are_read_in_every_codec(vector: dict[str, object]) -> None:
    assert vector["fields"] == words()(cast(int, vector["codec"]), unhex(cast(str, vector["packed"])))


def test_entries_say_what_they_are_recorded_to_say() -> None:
    for vector in all_entries():
        said = entry_of(unhex(vector["packed"]), unhex(vector["author"]), CIRCLE, words())

        assert vector["says"] == said
        assert vector["id"] == digest_of(vector)[:8].hex()


def test_entries_with_a_signature_are_signed_with_their_link() -> None:
    for vector in all_entries():
        signature, author, link = (unhex(vector[name]) for name in ("signature", "author", "link"))

        assert not signature or is_signed(signature, author, digest_of(vector), link)
        assert not is_signed(signature or bytes(64), author, digest_of(vector), b"another link 16")


def test_joiners_show_an_invite_made_for_this_circle() -> None:
    joined = [
        one for one in all_entries() if cast(dict[str, str], one["says"]["states"])["fact"] == "StationJoined"
    ]

    assert len(joined) == 2
    for vector in joined:
        states = cast(dict[str, str], vector["says"]["states"])
        key, proof = unhex(states["invite_key"]), unhex(states["proof"])
        assert key == invite_key_of(unhex(VECTORS["invite_secret"]))
        assert is_signed(proof, key, b"meshboard 1 join", CIRCLE, unhex(vector["author"]))


def board_by_place() -> dict[tuple[str, int, int], list[EntryVector]]:
    by_place: dict[tuple[str, int, int], list[EntryVector]] = {}
    for vector in VECTORS["board"]["entries"]:
        by_place.setdefault(place_of(vector), []).append(vector)
    return by_place


def test_every_entry_of_the_board_is_signed_or_proven_by_the_next() -> None:
    held = board_by_place()
    for (author, incarnation, number), vectors in held.items():
        for vector in vectors:
            after = held.get((author, incarnation, number + 1), [])
            link = link_after(unhex(vector["link"]), digest_of(vector)).hex()
            assert vector["signature"] or link in [one["link"] for one in after]


def test_links_of_the_board_follow_from_the_entry_before() -> None:
    held = board_by_place()
    for (author, incarnation, number), vectors in held.items():
        for before in held.get((author, incarnation, number - 1), []):
            expected = link_after(unhex(before["link"]), digest_of(before)).hex()
            assert {vector["link"] for vector in vectors} <= {"", expected}
        if number == 1:
            assert {vectors[0]["link"]} <= {"", FIRST_LINK.hex()}


def test_state_and_table_follow_from_the_board() -> None:
    logs: dict[tuple[str, int], dict[int, list[bytes]]] = {}
    for vector in VECTORS["board"]["entries"]:
        author, incarnation, number = place_of(vector)
        logs.setdefault((author, incarnation), {}).setdefault(number, []).append(digest_of(vector))
    lines, places = b"", b""
    for (author, incarnation), numbers in sorted(logs.items()):
        digest = functools.reduce(_xor, (one for digests in numbers.values() for one in digests))
        firsts = [number for number in sorted(numbers) if number - 1 not in numbers]
        lasts = [number for number in sorted(numbers) if number + 1 not in numbers]
        place = unhex(author) + bytes([incarnation])
        ranges = b"".join(
            number.to_bytes(4, "big") for pair in zip(firsts, lasts, strict=True) for number in pair
        )
        lines += place + digest + len(firsts).to_bytes(4, "big") + ranges
        places += place[:4] + place[-1:]

    assert VECTORS["board"]["state"] == sha(lines)[:4].hex()
    assert VECTORS["board"]["table"] == sha(places)[:2].hex()


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def test_frames_open_and_say_what_they_are_recorded_to_say() -> None:
    keys, door = {0: unhex(VECTORS["seal_key"])}, unhex(VECTORS["door_key"])
    types = set()
    for vector in all_frames():
        kind, plaintext = opened(unhex(vector["frame"]), CIRCLE, keys, door)
        types.add(kind)

        assert vector["plaintext"] == plaintext.hex()
        assert vector["says"] == Frame(plaintext).says(kind)
    assert {1, 2, 3, 4, 5, 6, 7} == types


def items_of(vector: FrameVector) -> list[dict[str, object]]:
    return cast(list[dict[str, object]], vector["says"].get("items", []))


def test_entries_in_frames_of_the_board_are_checked_by_what_they_bring_and_by_what_is_known() -> None:
    """By its link and signature where they come along, else by the entry before or after, as held."""
    held = board_by_place()
    for vector in VECTORS["board"]["frames"]:
        for item in items_of(vector):
            author = next(one for one, _, _ in held if one.startswith(cast(str, item["head"])))
            brought = [
                entry_of(unhex(packed), unhex(author), CIRCLE, words())
                for packed in cast(list[str], item["packed"])
            ]
            assert is_proven(item, author, brought, held), vector["name"]


def is_proven(
    item: dict[str, object],
    author: str,
    brought: list[dict[str, object]],
    held: dict[tuple[str, int, int], list[EntryVector]],
) -> bool:
    signature, link = (unhex(cast(str, item[name])) for name in ("signature", "link"))
    incarnation, first = cast(int, brought[0]["incarnation"]), cast(int, brought[0]["number"])
    digests = [unhex(cast(str, entry["digest"])) for entry in brought]
    before = [
        link_after(unhex(one["link"]), digest_of(one))
        for one in held.get((author, incarnation, first - 1), [])
    ]
    if len(brought) == 1 and not link and is_signed(signature, unhex(author), digests[0]):
        return True  # from before there were links
    for follows in [link] if link else [FIRST_LINK] if first == 1 else before:
        of_last = functools.reduce(link_after, digests[:-1], follows)
        after = held.get((author, incarnation, first + len(brought)), [])
        next_link = link_after(of_last, digests[-1]).hex()
        if (
            is_signed(signature, unhex(author), digests[-1], of_last)
            if signature
            else any(one["link"] == next_link for one in after)
        ):
            return True
    return False


@pytest.mark.parametrize("vector", VECTORS["refused_frames"], ids=lambda one: str(one["name"]))
def test_frames_in_no_allowed_form_are_refused(vector: dict[str, object]) -> None:
    with pytest.raises((ValueError, IndexError)):
        Frame(unhex(cast(str, vector["refused"]))).says(cast(int, vector["type"]))


@pytest.mark.parametrize("vector", VECTORS["refused_entries"], ids=lambda one: str(one["name"]))
def test_entries_in_no_allowed_form_are_refused(vector: dict[str, object]) -> None:
    with pytest.raises((ValueError, IndexError, Later)):
        entry_of(unhex(cast(str, vector["refused"])), AUTHOR, CIRCLE, words())
