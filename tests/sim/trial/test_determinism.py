"""The same seed tells the same story, whatever Python hashes strings to."""

import os
import subprocess
import sys
from pathlib import Path

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
    return subprocess.run(command, env=environment, capture_output=True, check=True, timeout=60).stdout


def test_a_seed_gives_the_same_bytes_every_time(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SCENARIO, encoding="utf-8")

    first = figures(path, "1")

    assert first == figures(path, "2") == figures(path, "random")
    assert first != figures(path, "1", "--seed", "2")
    assert figures(path, "1", "--protocol", "tc2") == figures(path, "2", "--protocol", "tc2")
