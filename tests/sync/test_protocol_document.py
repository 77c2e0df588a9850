"""Section 7 of docs/protocol.md: its parameters are the numbers that stations keep to."""

import re
from pathlib import Path

import pytest

from meshboard import figures
from meshboard.sync.air.budget import REGION_DUTY_SHARE
from tools.write_figures import BEGIN, END, with_table

PROTOCOL = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
RULES = PROTOCOL.partition("## 7. When")[2].partition("### 7.8 Parameters")[0]
TABLE = PROTOCOL.partition(BEGIN)[2].partition(END)[0]
LIARS = PROTOCOL.partition("## 10. Security")[2]
NAMED = frozenset(re.findall(r"`([A-Z]+(?:_[A-Z]+)+|[A-Z]{4,})`", RULES + LIARS))
ON_AIR = {name: figure for name, figure in figures.figures() if figure.is_on_air}


def test_the_parameter_table_is_written_from_the_figures() -> None:
    assert with_table(PROTOCOL) == PROTOCOL, "python -m tools.write_figures writes it"


@pytest.mark.parametrize("name", sorted(NAMED))
def test_a_parameter_that_a_rule_names_is_in_the_table(name: str) -> None:
    assert f"| {name} | " in TABLE


@pytest.mark.parametrize(("name", "figure"), ON_AIR.items(), ids=ON_AIR)
def test_a_number_that_others_meet_is_in_a_rule(name: str, figure: figures.Figure) -> None:
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
        f"in a piece of at most {figures.SMALL_PIECE} numbers",
        f"with at most {figures.MOST_BESIDE} entries beside it",
        f"is none of the last {figures.WORDS_REMEMBERED} words that were fresh",
        f"the incarnations 0 to {figures.MAX_INCARNATIONS - 1} count",
        f"at most {figures.MAX_LOG_NUMBER:_} entries of a log".replace("_", " "),
        f"If after {figures.MAX_ROUNDS} of them it is not so",
        f"The first {figures.MAX_TRIALS} acts are tried alone",
        f"first {figures.MAX_TRUST_FACTS}, by place, then digest",
        f"entries 1 and {figures.STRANGER_ENTRIES} of incarnation 0, "
        f"of at most {figures.STRANGERS_KEPT} such authors",
        f"others after {figures.REKEY_AFTER_S / 60:g} minutes "
        f"(and {figures.REKEY_APART_S / 60:g} more for each",
        f"when the key has not come for {figures.KEY_AWAITED_S / 60:g} minutes",
        f"**It may go** {figures.KEPT_AFTER_S // figures.DAY_S} days after that",
        f"more than {figures.QUIET_S // figures.DAY_S} days ahead of all stamps",
    ],
)
def test_a_number_that_stands_in_a_sentence_is_that_of_the_figures(sentence: str) -> None:
    assert sentence in " ".join(PROTOCOL.split())
