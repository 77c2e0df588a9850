"""Paging: answers that fit one packet each, cut only between characters people see, and never silently."""

import unicodedata
from collections.abc import Iterable

# A direct text fits 219 bytes under public-key encryption, but older nodes and apps show 200.
MAX_ANSWER_BYTES = 200
SIGN = "> "
"""Begins every answer: people can tell a board from a person, and boards never answer each other."""
_TAIL_BYTES = len("\n[98/99 send: more]")
_MAX_PAGES = 99  # two digits in the tail; about 18 kB, more than anybody reads on a handheld
PAGE_BYTES = MAX_ANSWER_BYTES - len(SIGN) - _TAIL_BYTES
CUT_MARK = ".."
_WORTH_STARTING_BYTES = 40  # a long line begins on a page with this much room left, else on the next
_MAX_CLUSTER_BYTES = 40  # longest emoji in use is 35 bytes; more marks than that on one letter may be parted
_JOINER = "\u200d"


def pages(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the lines as signed answers of at most MAX_ANSWER_BYTES; all but the last say how to go on."""
    whole = SIGN + "\n".join(lines := list(lines))
    if size(whole) <= MAX_ANSWER_BYTES:
        return (whole,)
    bodies = _fill(lines)
    if len(bodies) > _MAX_PAGES:
        bodies = [*bodies[: _MAX_PAGES - 1], "It goes on; look at a board's screen for the rest."]
    total = len(bodies)
    return tuple(
        f"{SIGN}{body}\n[{number}/{total} send: more]" if number < total else SIGN + body
        for number, body in enumerate(bodies, start=1)
    )


def shortened(words: str, max_bytes: int) -> str:
    """Return words as they are if they fit, else as many characters as fit with CUT_MARK after them."""
    if size(words) <= max_bytes:
        return words
    return _head(words, max_bytes - len(CUT_MARK)).rstrip() + CUT_MARK


def whole_characters(words: str, max_bytes: int) -> str:
    """Return as many whole characters of the words as fit."""
    return _head(words, max_bytes)


def size(words: str) -> int:
    """Return how many bytes words take in a packet."""
    return len(words.encode())


def clusters(words: str) -> list[str]:
    """Split words into the characters people see: a letter with its marks, a family emoji, a flag.

    The parts of UAX 29 section 3 that matter in messages; exotic scripts may be parted more finely.
    """
    parts: list[str] = []
    for character in words:
        if parts and _extends(parts[-1], character) and size(parts[-1] + character) <= _MAX_CLUSTER_BYTES:
            parts[-1] += character
        else:
            parts.append(character)
    return parts


def _extends(cluster: str, character: str) -> bool:
    is_mark = unicodedata.category(character).startswith("M")
    is_skin_tone = "\U0001f3fb" <= character <= "\U0001f3ff"
    completes_flag = _is_flag_half(character) and len(cluster) == 1 and _is_flag_half(cluster)
    return is_mark or is_skin_tone or completes_flag or character == _JOINER or cluster.endswith(_JOINER)


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _head(words: str, max_bytes: int) -> str:
    taken = ""
    for cluster in clusters(words):
        if size(taken) + size(cluster) > max_bytes:
            break
        taken += cluster
    return taken


def _fill(lines: list[str]) -> list[str]:
    bodies = [""]
    for line in lines:
        rest = line
        while rest:
            room = PAGE_BYTES - size(bodies[-1]) - (1 if bodies[-1] else 0)
            if size(rest) > room and (size(rest) <= PAGE_BYTES or room < _WORTH_STARTING_BYTES):
                bodies.append("")
                continue
            piece = _line_piece(rest, room)
            bodies[-1] += ("\n" if bodies[-1] else "") + piece.rstrip()
            rest = rest[len(piece) :].lstrip()
    return bodies


def _line_piece(line: str, room: int) -> str:
    """Return the head of a line that fits the room, parted at a space where there is one."""
    if size(line) <= room:
        return line
    head = _head(line, room)
    space = head.rfind(" ")
    return head[: space + 1] if space > 0 else head
