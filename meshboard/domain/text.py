"""Words people type: made fit to store, and made safe to show."""

import unicodedata

from meshboard.errors import RuleError

# Characters that turn the direction of the text around them and could make one post look like another
# (Unicode TR36 section 3); right-to-left letters themselves need none of them.
_DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_ENDS = str.maketrans({"\r": " ", "\n": " ", "\t": " ", "\x0b": " ", "\x0c": " ", "\x85": " ",
                            "\u2028": " ", "\u2029": " "})  # fmt: skip


def typed_line(typed: str, what: str, max_bytes: int | None = None) -> str:
    """Return typed words as one clean line: NFC, line ends and runs of spaces as one space.

    Raises RuleError with a sentence naming `what` when a character cannot be shown or sent, or when the
    line is longer than `max_bytes` UTF-8 bytes; nothing is ever cut.
    """
    line = " ".join(unicodedata.normalize("NFC", typed.translate(_LINE_ENDS)).split())
    for character in line:
        if not _is_plain(character):
            raise RuleError(
                f"The {what} has a character that cannot be shown (U+{ord(character):04X}). "
                "Take it out and try again; nothing was lost."
            )
    size = len(line.encode())
    if max_bytes is not None and size > max_bytes:
        raise RuleError(
            f"The {what} is {size - max_bytes} bytes too long (at most {max_bytes}). "
            "Shorten it and try again; nothing was lost."
        )
    return line


def shown_line(words: str) -> str:
    """Return words from anywhere made safe for a screen: what cannot be shown becomes �."""
    return "".join(
        character if _is_plain(character) else "\ufffd" for character in words.translate(_LINE_ENDS)
    )


def without_accents(word: str) -> str:
    """Return a word as it is typed where accents are hard to reach: `pañal` as `panal`."""
    parts = unicodedata.normalize("NFD", word)
    return "".join(part for part in parts if not unicodedata.combining(part))


def _is_plain(character: str) -> bool:
    """Say whether a character may be stored and shown; letters newer than this Python's tables (Cn) may."""
    if character in _DIRECTION_CONTROLS or ord(character) & 0xFFFE == 0xFFFE:
        return False
    return unicodedata.category(character) not in ("Cc", "Cs", "Co")
