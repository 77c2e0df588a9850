"""Half a minute of `make fuzz`, always the same cases; and that it finds what is there to find."""

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshboard.errors import WireError
from tests.fuzz.__main__ import main
from tests.fuzz.altering import altered, joined, parted
from tests.fuzz.target import Tally, Target, TooSlow, fuzz, try_case, what_of
from tests.fuzz.targets import IN_MEMORY, all_targets

NAMES = (
    "frame", "entry", "pressed", "key", "contact", "invite",
    "joining", "config", "address", "key-slot", "message", "pick-up-code", "ledger",
    "encrypted-ledger", "ledger-log", "backup", "station", "handheld",
)  # fmt: skip
IN_ALL_S = 30.0
SLOW = {"ledger", "station", "handheld", "ledger-log"}  # a few cases a second: they get twice the time
SHARE_S = IN_ALL_S / (len(NAMES) + len(SLOW))


@pytest.fixture(scope="module")
def targets() -> Iterator[dict[str, Target]]:
    """Return every target, writing where it is quick."""
    folder = IN_MEMORY if IN_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="meshboard-fuzz-", dir=folder) as made:
        yield {target.name: target for target in all_targets(Path(made))}


def test_every_target_has_its_share(targets: dict[str, Target]) -> None:
    assert set(NAMES) == set(targets)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_whatever_the_bytes_it_opens_them_or_says_why_not(targets: dict[str, Target], name: str) -> None:
    tally = Tally()
    fuzz(targets[name], SHARE_S * (2 if name in SLOW else 1), tally)

    found = [f"{one.what}\n{one.case[:2000].hex()}" for one in tally.findings.values()]
    assert not found
    assert tally.taken, "nothing was reached beyond the first check"
    if targets[name].refusals:
        assert tally.taken < tally.cases, "nothing was refused"


@pytest.mark.parametrize(
    "file", sorted(Path(__file__).parent.glob("once_failing/*.case")), ids=lambda f: f.name
)
def test_what_once_failed_fails_no_more(targets: dict[str, Target], file: Path) -> None:
    try_case(targets[file.name.partition(".")[0]], file.read_bytes())


def _target(name: str, longest_s: float = 0.25) -> Target:
    return Target(
        name, lambda chance: altered(chance, b"\x01\x02seven"), _OPENERS[name], (WireError,), longest_s
    )


def _trips_over_a_bit(case: bytes) -> None:
    if len(case) < 2:
        raise WireError("Too short.")
    if case[1] & 0x80:
        raise KeyError(case[1])


def _loops_over_a_length(case: bytes) -> None:
    if case[:1] == b"\x01" and len(case) > 8:
        ends_at = time.thread_time() + 0.2
        while time.thread_time() < ends_at:
            pass


def _takes_anything(case: bytes) -> None:
    assert not case.endswith(b"seve"), "half a word was taken"


_OPENERS = {"trips": _trips_over_a_bit, "loops": _loops_over_a_length, "takes": _takes_anything}


@pytest.mark.parametrize(
    ("name", "what"), [("trips", "KeyError"), ("loops", "TooSlow"), ("takes", "half a word was taken")]
)
def test_a_broken_opener_is_found_out_and_its_case_fails_again(name: str, what: str, tmp_path: Path) -> None:
    target, tally = _target(name, 0.1), Tally()
    fuzz(target, 1.0, tally)

    (finding,) = tally.findings.values()
    assert what in finding.what
    again = finding.save(tmp_path).read_bytes()
    with pytest.raises((KeyError, TooSlow, AssertionError)) as raised:
        try_case(target, again)
    assert what_of(raised.value) == finding.what


def test_a_failing_case_is_made_smaller() -> None:
    tally = Tally()
    fuzz(_target("trips"), 0.3, tally)

    (finding,) = tally.findings.values()
    assert len(finding.case) == 2


def test_an_own_error_is_no_finding_and_the_same_number_makes_the_same_case() -> None:
    target = _target("trips")

    assert not try_case(target, b"")
    assert [target.make(random.Random(7)) for _ in range(2)] == [target.make(random.Random(7))] * 2


def test_parts_are_parted_as_they_were_joined() -> None:
    assert parted(joined([b"", b"a", b"bb" * 300])) == [b"", b"a", b"bb" * 300]


def test_the_long_run_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seconds", "0.5", "--only", "entry", "--first", "3"]) == 0
    assert "entry" in capsys.readouterr().out
