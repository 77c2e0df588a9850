"""The same seed tells the same story, whatever Python hashes strings to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sim.trial.running import QUIET_CELL, outcome, post

SCENARIO = """
name = "small"
hours = 1
nodes = 6
stations = [0, 1, 3, 5]
layout = "grid 3x2"
loss = 0.2
[[preload]]
count = 8
authors = 3
holders = [0, 1]
[[traffic]]
kind = "posts"
count = 8
to_h = 0.6
[[traffic]]
kind = "claims"
count = 6
to_h = 0.6
[[event]]
at_h = 0.2
type = "partition"
groups = [[0, 1, 3, 4], [2, 5]]
[[event]]
at_h = 0.5
type = "heal"
[[event]]
at_h = 0.6
type = "restore"
station = 3
age_h = 0.3
"""


def figures(path: Path, hash_seed: str, *options: str) -> bytes:
    command = [sys.executable, "-m", "meshboard", "sim", str(path), "--json", *options]
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    return subprocess.run(command, env=environment, capture_output=True, check=True, timeout=110).stdout


@pytest.mark.parametrize("protocol", ["meshboard", "tc2"])
def test_a_seed_gives_the_same_bytes_every_time(tmp_path: Path, protocol: str) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SCENARIO, encoding="utf-8")

    first, again = (figures(path, hash_seed, "--protocol", protocol) for hash_seed in ("1", "2"))

    assert first == again


def test_another_seed_tells_another_story() -> None:
    stories = [outcome(QUIET_CELL | {"traffic": [post(2)], "seed": seed}).as_json() for seed in (1, 2)]

    assert stories[0] != stories[1]
