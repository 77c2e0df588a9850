"""The line chosen has a sign of its own, in every list there is."""

from pathlib import Path

import pytest
from textual.app import App, ComposeResult

import meshboard.ui
from meshboard.ui.widgets.marked_list import CHOSEN, OTHER, MarkedList


class Listing(App[None]):
    """One list, so narrow that its words are wrapped."""

    CSS = "MarkedList { width: 12; border: none; padding: 0; height: auto; }"

    def compose(self) -> ComposeResult:
        """Lay out the list alone."""
        yield MarkedList("one", "two words longer", "three", compact=True)


@pytest.mark.parametrize(("at", "line"), [(0, 0), (1, 1), (2, 3)])
async def test_only_the_first_line_of_what_is_chosen_has_the_sign(at: int, line: int) -> None:
    async with Listing().run_test() as pilot:
        shown = pilot.app.query_one(MarkedList)
        shown.highlighted = at
        await pilot.pause()
        lines = [shown.render_line(y).text for y in range(shown.size.height)]

        assert [OTHER + words if y != line else CHOSEN + words for y, words in enumerate(WRAPPED)] == [
            words.rstrip() for words in lines
        ]


WRAPPED = ("one", "two words", "longer", "three")


def test_no_screen_has_a_list_without_the_sign() -> None:
    package = Path(meshboard.ui.__file__).parent
    plain = [path.name for path in package.rglob("*.py") if " OptionList(" in path.read_text("utf-8")]

    assert plain == []
