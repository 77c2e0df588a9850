"""The field to search in, with the keys that work there."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input


class SearchField(Input):
    """Narrows the board as somebody types."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down", "submit", "keep this", key_display="Enter"),
        Binding("escape", "screen.everything", "everything again"),
    ]

    def __init__(self) -> None:
        super().__init__(id="search", placeholder="words, a place, a code, a name", compact=True)
