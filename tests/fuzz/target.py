"""What is fuzzed, and how: cases until the time is over, and what they found."""

import random
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

SMALLER_S = 5.0  # how long to look for a smaller case that fails alike


@dataclass(frozen=True, slots=True)
class Target:
    """One opener of foreign bytes."""

    name: str
    make: Callable[[random.Random], bytes]
    """Makes a case; the same one for the same chance."""
    open: Callable[[bytes], None]
    """Opens a case and asserts what must be so; returns when it was taken, raises a refusal when not."""
    refusals: tuple[type[Exception], ...]
    """Its own errors; everything else is a finding."""
    longest_s: float
    """The processor time, in seconds, that one case may take on a slow machine."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A case that was not opened as it should be."""

    target: str
    what: str
    """What went wrong, and where."""
    case: bytes

    def save(self, folder: Path) -> Path:
        """Write the case where `python -m tests.fuzz --replay FILE` finds it."""
        folder.mkdir(parents=True, exist_ok=True)
        place = sum(1 for _ in folder.glob(f"{self.target}.*.case")) + 1
        file = folder / f"{self.target}.{place}.case"
        file.write_bytes(self.case)
        file.with_suffix(".txt").write_text(self.what + "\n", encoding="utf-8")
        return file


class TooSlow(Exception):  # noqa: N818 -- what was found
    """A case took longer than its target may."""


@dataclass(slots=True)
class Tally:
    """What a target's cases came to."""

    cases: int = 0
    taken: int = 0
    """Cases that were opened: none would mean that nothing beyond the first check was reached."""
    spent_s: float = 0.0
    findings: dict[str, Finding] = field(default_factory=dict)
    """By what went wrong: one case of each, made smaller."""


def try_case(target: Target, case: bytes) -> bool:
    """Open one case; say whether it was taken. Anything but the target's own errors passes through.

    What is too slow is so twice: memory of other tests may be tidied up meanwhile.
    """
    try:
        return _try_once(target, case)
    except TooSlow:
        return _try_once(target, case)


def _try_once(target: Target, case: bytes) -> bool:
    started = time.thread_time()
    try:
        target.open(case)
        is_taken = True
    except target.refusals:
        is_taken = False
    spent_s = time.thread_time() - started
    if spent_s > target.longest_s:
        raise TooSlow(f"took {spent_s:.2f} s of {target.longest_s:.2f} s")
    return is_taken


def fuzz(
    target: Target,
    budget_s: float,
    tally: Tally,
    first: int = 0,
    before_each: Callable[[], None] = lambda: None,
) -> None:
    """Try cases for this long, in processor time, beginning with number `first`, and add to the tally.

    `before_each` is called before each case, as for a watch that ends one that hangs.
    """
    started = time.process_time()
    number = first
    while (spent_s := time.process_time() - started) < budget_s:
        case = target.make(random.Random(f"{target.name} {number}"))
        number += 1
        tally.cases += 1
        before_each()
        try:
            tally.taken += try_case(target, case)
        except Exception as error:  # noqa: BLE001 -- whatever it raises is what we look for
            _note(target, tally, case, what_of(error))
    tally.spent_s += spent_s


def what_of(error: Exception) -> str:
    """Return an error's kind and place; the place is the innermost line of ours."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/meshboard/" in frame.filename] or frames[-1:]
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno} in {ours[-1].name}"
    told = f": {str(error).partition(chr(10))[0]}" if isinstance(error, AssertionError) else ""
    return f"{type(error).__name__} at {place}{told}"


def _note(target: Target, tally: Tally, case: bytes, what: str) -> None:
    if what not in tally.findings:
        tally.findings[what] = Finding(target.name, what, _smaller(target, case, what))


def _smaller(target: Target, case: bytes, what: str) -> bytes:
    """Return a case that fails alike, with as many parts left out as the time allows."""
    ends_at = time.monotonic() + SMALLER_S
    size = len(case) // 2
    while size and time.monotonic() < ends_at:
        at = 0
        while at < len(case) and time.monotonic() < ends_at:
            shorter = case[:at] + case[at + size :]
            if _fails_alike(target, shorter, what):
                case = shorter
            else:
                at += size
        size //= 2
    return case


def _fails_alike(target: Target, case: bytes, what: str) -> bool:
    try:
        try_case(target, case)
    except Exception as error:  # noqa: BLE001 -- as in fuzz
        return what_of(error) == what
    return False
