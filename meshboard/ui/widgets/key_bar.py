"""The keys that do something here and now, always in sight."""

from textual.binding import Binding
from textual.content import Content
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


def key_words(binding: Binding) -> str:
    """Return how a key is written in the bar: `n`, `Esc`, `Ctrl+S`."""
    if binding.key_display:
        return binding.key_display
    *modifiers, key = binding.key.split("+")
    shown = _KEY_WORDS.get(key, key.upper() if len(key) > 1 or modifiers else key)
    return "+".join([*(modifier.title() for modifier in modifiers), shown])


class KeyBar(Widget):
    """Lists the screen's possible keys; what concerns one post stands in a line of its own above."""

    keys: reactive[tuple[tuple[str, str, str, bool], ...]] = reactive((), layout=True)
    """(key, words, action, whether it concerns the post) for each."""
    subject: reactive[str] = reactive("")
    """What the upper line's keys act on, such as a post's code."""

    def __init__(self, *, has_post_line: bool = False) -> None:
        super().__init__()
        self._has_post_line = has_post_line

    def on_mount(self) -> None:
        """Follow the keys that the screen has."""
        self.screen.bindings_updated_signal.subscribe(self, self._read)
        self._read(self.screen)

    def _read(self, screen: Screen[object]) -> None:
        found: dict[str, tuple[str, str, str, bool]] = {}
        for _, binding, enabled, _tip in screen.active_bindings.values():
            if binding.show and enabled and binding.action not in found:
                concerns_post = binding.group is not None and binding.group.description == "post"
                found[binding.action] = (
                    key_words(binding), binding.description, binding.action, concerns_post
                )  # fmt: skip
        self.keys = tuple(found.values())

    def render(self) -> Content:
        """Return one line of keys, or two where the screen acts on a post."""
        general = _line([key for key in self.keys if not key[3]])
        if not self._has_post_line:
            return general
        about_post = _line([key for key in self.keys if key[3]])
        start = Content.styled(f"{self.subject}: " if self.subject else "", "$quiet")
        return Content("\n").join([start + about_post, general])


def _line(keys: list[tuple[str, str, str, bool]]) -> Content:
    parts = [
        Content.assemble((key, "bold $primary"), f" {words}").stylize(f"@click={_clicked(action)}")
        for key, words, action, _ in keys
    ]
    return Content("  ").join(parts)


def _clicked(action: str) -> str:
    scope = "" if "." in action else "screen."
    return f"{scope}{action}" if "(" in action else f"{scope}{action}()"
