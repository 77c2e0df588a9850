"""Whether anybody may have committed is told by the files alone, and never missed."""

import os
from pathlib import Path

from meshboard.ledger.circle.remembered import AIRTIME_LOG
from meshboard.ledger.ledger import Ledger
from tests.support.entries.signed import NOON, writer

LONG_AGO_NS = 10**18


def settle(path: Path) -> None:
    """Let the files look as if nobody had written for long."""
    for file in path.parent.glob(f"{path.name}*"):
        os.utime(file, ns=(LONG_AGO_NS, LONG_AGO_NS))


def test_a_ledger_nobody_writes_to_has_not_changed(ledger: Ledger, path: Path) -> None:
    settle(path)
    ledger.may_have_changed()

    assert not ledger.may_have_changed()


def test_a_commit_of_this_or_another_process_may_be_one(ledger: Ledger, path: Path) -> None:
    with Ledger.open(path, checked=False) as other:
        for number, one in enumerate((other, ledger), start=1):
            settle(path)
            ledger.may_have_changed()
            assert not ledger.may_have_changed()

            one.remembered.keep(AIRTIME_LOG, str(number))

            assert ledger.may_have_changed()


def test_two_commits_at_one_tick_of_the_files_clock_are_both_seen(ledger: Ledger, path: Path) -> None:
    ledger.append([writer().publish()], NOON)
    ledger.may_have_changed()

    assert ledger.may_have_changed()  # another may have come right after that look
