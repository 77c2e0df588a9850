"""Fields to type in: the search, and a post's own words, which wrap."""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, TextArea


class SearchField(Input):
    """Narrows the board as somebody types."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down", "submit", "keep this", key_display="Enter"),
        Binding("escape", "screen.everything", "everything again"),
    ]

    def __init__(self) -> None:
        super().__init__(id="search", placeholder="words, a place, a code, a name", compact=True)


class WordsArea(TextArea):
    """Several rows to type one line of words in."""

    class Done(Message):
        """Enter was pressed: on to the next field."""

    async def _on_key(self, event: events.Key) -> None:
        leaves_up = event.key == "up" and self.navigator.is_first_wrapped_line(self.cursor_location)
        leaves_down = event.key == "down" and self.navigator.is_last_wrapped_line(self.cursor_location)
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.post_message(self.Done())
        elif leaves_up or leaves_down:
            event.stop()
            event.prevent_default()
            if leaves_up:
                self.screen.focus_previous()
            else:
                self.screen.focus_next()
        else:
            await super()._on_key(event)
