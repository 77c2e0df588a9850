"""The keys that do something here and now, always in sight."""

from dataclasses import dataclass

from textual.binding import Binding
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

_KEY_WORDS = {
    "enter": "Enter",
    "escape": "Esc",
    "slash": "/",
    "question_mark": "?",
    "left": "←",
    "right": "→",
    "tab": "Tab",
}


_ORDER = {
    "show": -2, "invite": -1, "circles": 1, "new_circle": 2, "join_circle": 3, "leave_circle": 4, "leave": 5,
    "dismiss": 5, "explain": 6, "app.quit_asking": 7,
}  # fmt: skip
"""Keys most asked for stand first, those that lead elsewhere at the end, in this order."""


def key_words(binding: Binding) -> str:
    """Return how a key is written in the bar: `n`, `Esc`, `Ctrl+S`."""
    if binding.key_display:
        return binding.key_display
    *modifiers, key = binding.key.split("+")
    shown = _KEY_WORDS.get(key, key.upper() if len(key) > 1 or modifiers else key)
    return "+".join([*(modifier.title() for modifier in modifiers), shown])


@dataclass(frozen=True, slots=True)
class ShownKey:
    """One key as the bar shows it."""

    key: str
    words: str
    action: str
    line: str
    """Which line it belongs to: the name of the binding's group, empty for the screen's own keys."""


class KeyBar(Widget):
    """Lists the screen's possible keys, one line for each group it is asked to show."""

    keys: reactive[tuple[ShownKey, ...]] = reactive((), layout=True)
    subject: reactive[str] = reactive("")
    """What the first line's keys act on, such as a post's code."""

    def __init__(self, *lines: str, is_short: bool = False, id: str | None = None) -> None:  # noqa: A002
        """Show these groups of bindings; without any, the screen's own keys.

        A short bar never wraps: it leaves out the last keys that have no room.
        """
        super().__init__(id=id)
        self._lines = lines or ("",)
        self._is_short = is_short

    def on_mount(self) -> None:
        """Follow the keys that the screen has."""
        self.screen.bindings_updated_signal.subscribe(self, self._read)
        self._read(self.screen)

    def _read(self, screen: Screen[object]) -> None:
        found: dict[str, ShownKey] = {}
        for _, binding, enabled, _tip in screen.active_bindings.values():
            if binding.show and enabled and binding.action not in found:
                line = binding.group.description if binding.group else ""
                found[binding.action] = ShownKey(
                    key_words(binding), binding.description, binding.action, line
                )
        self.keys = tuple(sorted(found.values(), key=lambda shown: _ORDER.get(shown.action, 0)))

    def render(self) -> Content:
        """Return the lines of keys."""
        return Content("\n").join(self._fitted(self.content_size.width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return how many lines the keys need."""
        return len(self._fitted(width))

    def _fitted(self, width_cells: int) -> list[Content]:
        """Return the lines, broken between keys where one is too long; a short bar leaves out the rest."""
        fitted: list[Content] = []
        for place, line in enumerate(self._lines):
            subject = f"{self.subject}: " if self.subject and not place else ""
            broken = _lines(subject, [key for key in self.keys if key.line == line], width_cells)
            fitted += broken[:1] if self._is_short else broken
        return fitted


def _lines(subject: str, keys: list[ShownKey], width_cells: int) -> list[Content]:
    lines = [Content.styled(subject, "$quiet")]
    for at, shown in enumerate(keys):
        part = Content.styled(shown.key, "bold $primary")
        part += Content(f" {shown.words}").stylize(f"@click={_clicked(shown.action)}")
        if at and lines[-1].cell_length + 2 + part.cell_length > width_cells:
            lines.append(part)
        else:
            lines[-1] = lines[-1] + ("  " if at else "") + part
    return lines


def _clicked(action: str) -> str:
    scope = "" if "." in action else "screen."
    return f"{scope}{action}" if "(" in action else f"{scope}{action}()"
