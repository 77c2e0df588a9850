"""Fuzz every target in turn: `python -m tests.fuzz --seconds 3600`, or open one saved case again."""

import argparse
import secrets
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from tests.fuzz.target import Tally, Target, fuzz, try_case
from tests.fuzz.targets import IN_MEMORY, all_targets

FOUND = Path(".fuzz")
ROUNDS = 10  # each target gets its share in so many turns, so that one stopped early has seen them all
HANGS_S = 60  # real seconds after which a case counts as hanging, though it took no processor time


class Hangs(Exception):  # noqa: N818 -- what was found
    """A case did not end."""


def main(words: Sequence[str] | None = None) -> int:
    """Run; return 1 when anything was found."""
    told = _parser().parse_args(words)
    folder = IN_MEMORY if IN_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="meshboard-fuzz-", dir=folder) as made:
        targets = all_targets(Path(made))
        if told.replay:
            return _replay(targets, told.replay)
        wanted = [one for one in targets if not told.only or one.name in told.only]
        return _fuzz_all(wanted, told.seconds, told.first)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600.0, help="in all; shared out evenly")
    parser.add_argument("--only", action="append", help="only this target; may be repeated")
    parser.add_argument("--first", type=int, help="number of the first case; else by chance")
    parser.add_argument("--replay", type=Path, help="open this saved case, and show what happens")
    return parser


def _fuzz_all(targets: Sequence[Target], seconds: float, first: int | None) -> int:
    first = secrets.randbelow(2**40) if first is None else first
    tallies = {target.name: Tally() for target in targets}
    shown: set[str] = set()
    signal.signal(signal.SIGALRM, _end_what_hangs)
    print(f"{len(targets)} targets, {seconds:.0f} s in all, from case {first}", flush=True)
    for turn in range(ROUNDS):
        for target in targets:
            tally = tallies[target.name]
            fuzz(target, seconds / ROUNDS / len(targets), tally, first + tally.cases, _watch)
            signal.alarm(0)
            _show_new(tally, shown)
        print(f"-- {turn + 1} of {ROUNDS}", flush=True)
        for name, tally in tallies.items():
            print(_line(name, tally), flush=True)
    return 1 if any(tally.findings for tally in tallies.values()) else 0


def _watch() -> None:
    signal.alarm(HANGS_S)


def _end_what_hangs(_number: int, _frame: FrameType | None) -> None:
    raise Hangs


def _show_new(tally: Tally, shown: set[str]) -> None:
    for what, finding in tally.findings.items():
        if (key := finding.target + what) not in shown:
            shown.add(key)
            print(f"FOUND {finding.target}: {what}\n      {finding.save(FOUND)}", flush=True)


def _line(name: str, tally: Tally) -> str:
    rate = tally.cases / tally.spent_s if tally.spent_s else 0.0
    share = tally.taken / tally.cases if tally.cases else 0.0
    return (
        f"{name:18} {tally.cases:9} cases {rate:8.0f}/s {share:6.0%} taken {len(tally.findings):3} findings"
    )


def _replay(targets: Sequence[Target], file: Path) -> int:
    name = file.name.partition(".")[0]
    target = next((one for one in targets if one.name == name), None)
    if target is None:
        print(f"{file} is of no target; its name begins with one of: {', '.join(t.name for t in targets)}")
        return 2
    print("taken" if try_case(target, file.read_bytes()) else "refused, as it should be")
    return 0


if __name__ == "__main__":
    sys.exit(main())
