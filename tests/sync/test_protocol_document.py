"""Section 7 of docs/protocol.md: its parameters are the numbers that stations keep to."""

import re
from pathlib import Path

import pytest

from meshboard.figures import MOST_BESIDE, SMALL_PIECE, WORDS_REMEMBERED, Figure, figures
from meshboard.sync.air.budget import REGION_DUTY_SHARE
from tools.write_figures import BEGIN, END, with_table

PROTOCOL = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
RULES = PROTOCOL.partition("## 7. When")[2].partition("### 7.8 Parameters")[0]
TABLE = PROTOCOL.partition(BEGIN)[2].partition(END)[0]
LIARS = PROTOCOL.partition("## 10. Security")[2]
NAMED = frozenset(re.findall(r"`([A-Z]+(?:_[A-Z]+)+|[A-Z]{4,})`", RULES + LIARS))
ON_AIR = {name: figure for name, figure in figures() if figure.is_on_air}


def test_the_parameter_table_is_written_from_the_figures() -> None:
    assert with_table(PROTOCOL) == PROTOCOL, "python -m tools.write_figures writes it"


@pytest.mark.parametrize("name", sorted(NAMED))
def test_a_parameter_that_a_rule_names_is_in_the_table(name: str) -> None:
    assert f"| {name} | " in TABLE


@pytest.mark.parametrize(("name", "figure"), ON_AIR.items(), ids=ON_AIR)
def test_a_number_that_others_meet_is_in_a_rule(name: str, figure: Figure) -> None:
    assert name in NAMED, f"{figure.section}: {figure.why}"


def test_regions_are_limited_as_the_document_says() -> None:
    said = " ".join(RULES.split()).partition("what a node may send (")[2].partition(")")[0]
    shares = {
        region: float(share)
        for regions, share in re.findall(r"([A-Z0-9_, and]+): ([\d.]+) %", said)
        for region in re.findall(r"[A-Z]\w+", regions)
    }

    assert shares == {region: 100.0 * share for region, share in REGION_DUTY_SHARE.items() if share < 1.0}


@pytest.mark.parametrize(
    "sentence",
    [
        f"in a piece of at most {SMALL_PIECE} numbers",
        f"with at most {MOST_BESIDE} entries beside it",
        f"is none of the last {WORDS_REMEMBERED} words that were fresh",
    ],
)
def test_a_number_that_stands_in_a_sentence_is_that_of_the_figures(sentence: str) -> None:
    assert sentence in " ".join(PROTOCOL.split())
