"""Bytes as letters to read aloud, type or photograph: base 32, in groups that check themselves.

docs/protocol.md, section 8.
"""

import re
from collections.abc import Sequence

from meshboard.domain.ids import CODE_ALPHABET
from meshboard.errors import TrustError

GROUP_LETTERS = 5  # letters of a code in a group; a sixth checks them
ASK_AGAIN = "Check it against the original, or ask for it again."
_TYPED_FOR = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BREAKS = re.compile(r"[\s\-‐‑‒–—_.,]+")


def to_letters(content: bytes) -> str:
    """Return bytes in base 32, the last letter padded with bits of 0."""
    count = -(-len(content) * 8 // 5)
    bits = int.from_bytes(content, "big") << (count * 5 - len(content) * 8)
    return "".join(CODE_ALPHABET[(bits >> (5 * place)) & 31] for place in reversed(range(count)))


def from_letters(letters: str) -> bytes:
    """Return the whole bytes in the letters; what is left of the last letter is padding."""
    bits = 0
    for letter in letters:
        bits = bits << 5 | CODE_ALPHABET.index(letter)
    size, padding = divmod(len(letters) * 5, 8)
    return (bits >> padding).to_bytes(size, "big")


def in_groups(content: bytes) -> str:
    """Return bytes as a code to type: groups of five letters and a check letter."""
    letters = to_letters(content)
    letters += "0" * (-len(letters) % GROUP_LETTERS)
    groups = _cut(letters, GROUP_LETTERS)
    return "-".join(group + _check_letter(group, index) for index, group in enumerate(groups))


def from_groups(typed: str, most_bytes: int) -> bytes:
    """Return the bytes of a typed code, however it was spaced; TrustError names the group that is wrong."""
    groups = _groups(typed.upper(), most_bytes)
    for index, group in enumerate(groups):
        _check_group(group, index, is_last=index == len(groups) - 1)
    return from_letters("".join(group[:GROUP_LETTERS] for group in groups))


def squeezed(text: str) -> str:
    """Return text in capitals without spaces, line ends and dashes."""
    return _BREAKS.sub("", text.upper())


def from_run(letters: str, most_bytes: int) -> bytes:
    """Return the bytes of letters without check letters, squeezed before."""
    normal = letters.translate(_TYPED_FOR)
    if len(normal) > 2 * most_bytes or any(letter not in CODE_ALPHABET for letter in normal):
        raise TrustError(f"This invite has signs in it that none has. {ASK_AGAIN}")
    return from_letters(normal)


def _groups(text: str, most_bytes: int) -> Sequence[str]:
    """Return the groups of a typed code: as they were spaced if that makes sense, else counted off."""
    pieces = [piece for piece in _BREAKS.split(text.translate(_TYPED_FOR)) if piece]
    together = "".join(pieces)
    if not together:
        raise TrustError("The code is empty; type or paste the invite.")
    if len(together) > 3 * most_bytes:
        raise TrustError(f"This is too long to be an invite. {ASK_AGAIN}")
    size = GROUP_LETTERS + 1
    spaced_in_groups = sum(len(piece) == size for piece in pieces) * 2 > len(pieces)
    if not spaced_in_groups:
        return _cut(together, size)
    cut = (_cut(piece, size) if len(piece) % size == 0 else [piece] for piece in pieces)
    return [group for groups in cut for group in groups]


def _cut(letters: str, size: int) -> list[str]:
    return [letters[at : at + size] for at in range(0, len(letters), size)]


def _check_group(group: str, index: int, is_last: bool) -> None:
    place = f"Group {index + 1} ({group})"
    strange = next((letter for letter in group if letter not in CODE_ALPHABET), None)
    if strange is not None:
        raise TrustError(f"{place} has “{strange}” in it, which no code has. Check that group.")
    if len(group) != GROUP_LETTERS + 1:
        if is_last and len(group) <= GROUP_LETTERS:
            raise TrustError(f"The code is too short: {place}, the last, is not complete. Type the rest.")
        raise TrustError(
            f"{place} has {len(group)} letters instead of {GROUP_LETTERS + 1}. Check that group."
        )
    if group[-1] != _check_letter(group[:-1], index):
        raise TrustError(f"{place} is mistyped. Check that group.")


def _check_letter(group: str, index: int) -> str:
    """Return the check letter: a polynomial over GF(32), so that every single slip shows."""
    check = (index + 1) & 31
    for letter in group:
        check ^= CODE_ALPHABET.index(letter)
        check = check << 1 ^ (0x25 if check & 16 else 0)
    return CODE_ALPHABET[check]
