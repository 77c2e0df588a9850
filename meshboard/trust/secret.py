"""Secrets in memory: they never show themselves, and can be forgotten."""

import unicodedata
from typing import Self


class Secret:
    """Bytes that neither `repr`, nor a log line, nor a traceback shows; `forget` overwrites them.

    What the interpreter copied meanwhile stays until its memory is used again: docs/limits.md.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes | bytearray) -> None:
        self._value = bytearray(value)

    @classmethod
    def of_text(cls, text: str) -> Self:
        """Return typed words as a secret: UTF-8 in Unicode's form NFC, however the keyboard composes."""
        return cls(unicodedata.normalize("NFC", text).encode("utf-8", "surrogateescape"))

    def reveal(self) -> bytearray:
        """Return the bytes themselves, not a copy: use them at once and keep nothing."""
        return self._value

    def forget(self) -> None:
        """Overwrite the bytes; the secret is empty afterwards."""
        self._value[:] = bytes(len(self._value))
        self._value.clear()

    @property
    def is_forgotten(self) -> bool:
        """Say whether nothing is left."""
        return not self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    __hash__ = None  # type: ignore[assignment]  # what can be forgotten cannot be a dictionary's key

    def __repr__(self) -> str:
        return "Secret(…)"
