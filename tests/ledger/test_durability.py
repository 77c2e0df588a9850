"""A station that is killed at any moment has lost nothing it acknowledged."""

import multiprocessing
import random
import sys
from contextlib import closing
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from meshboard.domain.entries import Fact, PostClaimed, PostPublished, SignedEntry
from meshboard.domain.merge import merge
from meshboard.ledger.file import driver
from meshboard.ledger.ledger import Ledger
from tests.support.children import killed_child, run_in_children
from tests.support.entries.signed import CIRCLE, NOON, content, post_of, writer

SEEDS = range(5)


def _write_until_killed(path: Path, acknowledgements: Connection) -> None:
    """Write posts and claims, and say each number only once it is stored."""
    own, last = writer(1), None
    with Ledger.open(path) as ledger:
        while True:
            fact: Fact = PostClaimed(post_of(last)) if last else PostPublished(content("x" * 100))

            def build(number: int, count: int, fact: Fact = fact) -> SignedEntry:
                return own.sign(fact, number, count)

            signed = ledger.append_own(CIRCLE.id, build, NOON)
            acknowledgements.send(signed.entry.number)
            last = None if last else signed


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_acknowledged_survives_kill_nine(ledger: Ledger, path: Path, seed: int) -> None:
    chance = random.Random(seed)
    enough = chance.randrange(1, 120)
    receiving, sending = multiprocessing.Pipe(duplex=False)
    acknowledged = 0
    with killed_child(partial(_write_until_killed, path, sending)):
        sending.close()
        while acknowledged < enough:
            acknowledged = receiving.recv()
    try:
        while True:
            acknowledged = receiving.recv()
    except EOFError:
        receiving.close()

    with Ledger.open(path) as again:
        own = writer(1)
        held = again.store(CIRCLE.id).entries(own.log, 1, sys.maxsize)
        kept = merge(signed.entry for signed in held)

        assert [signed.entry.number for signed in held] == list(range(1, len(held) + 1))
        assert len(held) in (acknowledged, acknowledged + 1)
        assert kept == again.posts.records(kept)
        before = _posts(path)
        again.rebuild()
        assert before == _posts(path)


def _posts(path: Path) -> list[tuple[object, ...]]:
    with closing(driver.connect(path, "ro")) as connection:
        return connection.execute("SELECT * FROM post ORDER BY id").fetchall()


def test_two_processes_that_write_at_once_share_the_numbers_out(ledger: Ledger, path: Path) -> None:
    codes = run_in_children(*(partial(_write_thirty, path, turn) for turn in range(3)))

    assert codes == [0, 0, 0]
    held = ledger.store(CIRCLE.id).holdings()[writer(1).log]
    assert (held.ranges, held.count) == (((1, 90),), 90)


def _write_thirty(path: Path, turn: int) -> None:
    own = writer(1)
    with Ledger.open(path, checked=False) as ledger:
        for _ in range(30):
            fact = PostPublished(content(f"from process {turn}"))
            ledger.append_own(CIRCLE.id, lambda n, c, fact=fact: own.sign(fact, n, c), NOON)  # type: ignore[misc]
