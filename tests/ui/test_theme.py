from rich.color import Color as RichColor
from rich.color import ColorSystem
from textual.theme import Theme

from meshboard.ui.theme import CALM, SIXTEEN, theme_for


def colours(theme: Theme) -> dict[str, str]:
    return {name: value for name, value in theme.variables.items() if value.startswith("#")}


def test_of_sixteen_colours_none_falls_together_with_another() -> None:
    values = set(colours(SIXTEEN).values())
    shown = {RichColor.parse(value).downgrade(ColorSystem.STANDARD).number for value in values}

    assert len(shown) == len(values)


def test_both_themes_name_the_same_colours() -> None:
    assert set(CALM.variables) <= set(SIXTEEN.variables)


def test_a_terminal_gets_the_colours_it_can_show() -> None:
    assert theme_for("truecolor") is CALM
    assert theme_for("256") is CALM
    assert theme_for("standard") is SIXTEEN
    assert theme_for(None) is SIXTEEN
