"""Fit words into columns: by terminal cells, never in the middle of what a reader sees as one character."""

import unicodedata
from functools import lru_cache

from rich.cells import cell_len, split_graphemes

ELLIPSIS = "…"
_JOINER = "\u200d"
_LEFT_TO_RIGHT_MARK = "\u200e"
_VARIATION_SELECTORS = {ord("\ufe0e"): None, ord("\ufe0f"): None}
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_PICTURES_FROM = 0x2190  # arrows, symbols and emoji lie above; letters that need the joiner lie below


@lru_cache(8192)
def steady(words: str) -> str:
    """Return words with only such pictures as every terminal gives the same width.

    Joined emoji (families, professions) become their first part, and colour and skin variants their plain
    form: terminals disagree about those by up to six cells, which would push the columns beside them.
    """
    if words.isascii():
        return words
    kept: list[str] = []
    skipping = False
    for character in words.translate(_VARIATION_SELECTORS):
        if skipping:
            skipping = False
        elif character == _JOINER and kept and ord(kept[-1]) >= _PICTURES_FROM:
            skipping = True
        elif ord(character) not in _SKIN_TONES:
            kept.append(character)
    return "".join(kept)


@lru_cache(8192)
def fit(words: str, width_cells: int) -> str:
    """Return words as exactly `width_cells` cells: padded with spaces, or cut with an ellipsis."""
    if words.isascii():
        if len(words) <= width_cells:
            return words.ljust(width_cells)
        return words[: max(width_cells - 1, 0)].rstrip().ljust(max(width_cells - 1, 0)) + (
            ELLIPSIS if width_cells else ""
        )
    shown = cut(words, width_cells)
    padding = " " * (width_cells - cell_len(shown))
    # Without it a terminal that reorders right-to-left text moves the next column's numbers into this one.
    return shown + (_LEFT_TO_RIGHT_MARK if _has_right_to_left(shown) else "") + padding


def cut(words: str, width_cells: int) -> str:
    """Return words in at most `width_cells` cells, with an ellipsis at the end where something is missing."""
    calm = steady(words)
    if cell_len(calm) <= width_cells:
        return calm
    if width_cells < 1:
        return ""
    kept, used = 0, 0
    for start, end, cells in _characters(calm):
        if used + cells > width_cells - 1:
            kept = start
            break
        used += cells
        kept = end
    return calm[:kept].rstrip() + ELLIPSIS


def _characters(words: str) -> list[tuple[int, int, int]]:
    """Return (start, end, cells) of each character as a reader counts them; two flag letters are one flag."""
    spans, _ = split_graphemes(words)
    whole: list[tuple[int, int, int]] = []
    flag_is_half = False
    for start, end, cells in spans:
        is_flag_letter = ord(words[start]) in _FLAG_LETTERS
        if is_flag_letter and flag_is_half:
            begun = whole.pop()
            whole.append((begun[0], end, begun[2] + cells))
            flag_is_half = False
        else:
            whole.append((start, end, cells))
            flag_is_half = is_flag_letter
    return whole


def _has_right_to_left(words: str) -> bool:
    return any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in words)
