"""Write the parameter table of docs/protocol.md from `meshboard.figures`: `python -m tools.write_figures`."""

from collections.abc import Iterator
from pathlib import Path

from meshboard.figures import ByCompany, OfOne, figures

PROTOCOL = Path(__file__).parents[1] / "docs" / "protocol.md"
BEGIN, END = "<!-- figures -->\n", "<!-- /figures -->\n"


def with_table(document: str) -> str:
    """Return the document with the table between its marks as the figures say."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n".join(_lines()) + "\n" + END + after


def _lines() -> Iterator[str]:
    section = ""
    for name, figure in figures():
        if not figure.is_on_air:
            continue
        if figure.section != section:
            section = figure.section
            yield from ("", f"**{section}**", "", "| Name | Value | Why |", "| --- | --- | --- |")
        value = f"{_shown(figure.value)} {figure.unit}".strip()
        yield f"| {name} | {value} | {figure.why} |"
    yield ""


def _shown(value: object) -> str:
    match value:
        case ByCompany(of_few, of_each_more):
            return f"({of_few:g} + {of_each_more:g} m)"
        case OfOne(of_one, of_all) if of_one == of_all:
            return str(of_all)
        case OfOne(of_one, of_all):
            return f"{of_one} of one and {of_all} of all"
        case (first, last):
            return f"{_shown(first)} to {_shown(last)}"
        case float():
            return f"{value:,g}"
        case _:
            return f"{value:,}"


if __name__ == "__main__":
    PROTOCOL.write_text(with_table(PROTOCOL.read_text(encoding="utf-8")), encoding="utf-8")
