"""A change of the house changes nothing on the air: each scenario comes out as recorded, byte for byte.

A change that is meant to change what is sent records anew: RECORD=1 in the environment.
"""

import hashlib
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from meshboard.cli.root import app

ROOT = Path(__file__).parents[2]
BASELINE = Path(__file__).parent / "baseline.txt"
SCENARIOS = sorted(path.stem for path in (ROOT / "examples" / "scenarios").glob("*.toml"))


def recorded() -> dict[str, str]:
    """Return the SHA-256 of what `meshboard sim --json` prints, by "scenario seed"."""
    lines = BASELINE.read_text(encoding="utf-8").splitlines() if BASELINE.exists() else []
    return dict(line.rsplit(" ", 1) for line in lines)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_comes_out_as_recorded(scenario: str, seed: int) -> None:
    file = ROOT / "examples" / "scenarios" / f"{scenario}.toml"
    printed = CliRunner().invoke(app, ["sim", str(file), "--seed", str(seed), "--json"]).stdout
    outcome = {f"{scenario} {seed}": hashlib.sha256(printed.encode()).hexdigest()}

    if os.environ.get("RECORD"):
        lines = (" ".join(one) for one in sorted((recorded() | outcome).items()))
        BASELINE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert recorded() | outcome == recorded()
