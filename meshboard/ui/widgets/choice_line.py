"""One of a few words, all in sight: arrow keys or a first letter choose."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

_STEPS = {"left": -1, "right": 1, "space": 1}


class ChoiceLine(Widget, can_focus=True):
    """Shows every choice, the chosen one in brackets."""

    chosen: reactive[int] = reactive(0, layout=True)

    class Changed(Message):
        """Another word was chosen."""

    def __init__(self, choices: Sequence[str], chosen: int = 0, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes="field")
        self._choices = tuple(choices)
        self.set_reactive(ChoiceLine.chosen, chosen)
        self.is_by_hand = False
        """True once somebody has chosen here, be it what was chosen already."""

    def watch_chosen(self) -> None:
        """Tell the form."""
        self.post_message(self.Changed())

    def on_key(self, event: events.Key) -> None:
        """Choose by arrow keys, or the next word that starts with a typed letter.

        Not by bindings: those are looked up only after Tab, typed quickly, has moved on to the next field.
        """
        step = _STEPS.get(event.key)
        place = self._place_of(event.character) if step is None else (self.chosen + step) % len(self._choices)
        if place is not None:
            self._choose(place)
            event.stop()

    def _choose(self, place: int) -> None:
        self.is_by_hand = True
        self.chosen = place

    def _place_of(self, letter: str | None) -> int | None:
        if letter is None or not letter.isalpha():
            return None
        count = len(self._choices)
        order = [(self.chosen + step) % count for step in range(1, count + 1)]
        return next((place for place in order if self._choices[place].startswith(letter.casefold())), None)

    def on_click(self, event: events.Click) -> None:
        """Choose what a finger or mouse points at."""
        for line, places in enumerate(self._lines(self.size.width)):
            at = 0
            for place in places:
                at += cell_len(self._choices[place]) + 2
                if line == event.y and event.x < at:
                    self._choose(place)
                    return

    def render(self) -> Content:
        """Return the words in as many lines as they need."""
        return Content("\n").join(
            Content("").join([self._word(place) for place in places])
            for places in self._lines(self.size.width)
        )

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return how many lines the words need."""
        return len(self._lines(width))

    def _word(self, place: int) -> Content:
        word = self._choices[place]
        if place != self.chosen:
            return Content.styled(f" {word} ", "$quiet")
        style = "bold $cursor-fore on $cursor-back" if self.has_focus else "bold"
        return Content.styled(f"[{word}]", style)

    def _lines(self, width: int) -> list[list[int]]:
        lines: list[list[int]] = [[]]
        used = 0
        for place, word in enumerate(self._choices):
            cells = cell_len(word) + 2
            if lines[-1] and used + cells > width:
                lines.append([])
                used = 0
            lines[-1].append(place)
            used += cells
        return lines
