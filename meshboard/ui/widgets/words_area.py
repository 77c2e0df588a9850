"""The field for a post's own words: long lines wrap, Enter and the arrows go on to the next field."""

from textual import events
from textual.message import Message
from textual.widgets import TextArea


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
