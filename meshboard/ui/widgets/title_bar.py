"""The top line: what this is, whose board, and which screen."""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from meshboard.ui.cells import cut


class TitleBar(Widget):
    """Shows `▒ meshboard · circle · screen`, and a word of the demo where there is one."""

    circle: reactive[str] = reactive("")

    def __init__(self, title: str, banner: str = "") -> None:
        super().__init__()
        self._title = title
        self._banner = banner

    def render(self) -> Content:
        """Return the line; the banner gives way before the names do."""
        width = self.content_size.width
        names = Content.assemble(
            ("▒ meshboard", "bold $primary"), (f" · {cut(self.circle, 30)}" if self.circle else "", "bold"),
            (f" · {self._title}" if self._title else "", "$quiet"),
        )  # fmt: skip
        room = width - names.cell_length - 2
        if not self._banner or room < 12:
            return names
        banner = cut(self._banner, room)
        return names + Content.styled(" " * (width - names.cell_length - len(banner)) + banner, "$accent")
