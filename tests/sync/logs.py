"""Logs of one writer or of many, told to a station that listens."""

import random
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from meshboard.domain.circle_facts import StationIntroduced
from meshboard.domain.entries import Fact, LogId, PostPublished, SignedEntry, Stamp
from meshboard.domain.people import Actor
from meshboard.errors import RuleError
from meshboard.link import NodeNumber
from meshboard.sim.corpus import own_corpus
from meshboard.trust.identity import AuthorKey
from meshboard.wire.entry_bytes import FIRST_LINK, Draft, link_after, sign_entry
from meshboard.wire.frames import Entries, Item
from meshboard.wire.framing import seal_frame
from meshboard.wire.items import run_of
from meshboard.wire.packer import check_fits
from meshboard.wire.salts import SALT_KEY_BYTES, latest_salt_key
from tests.support.engines.lossy_network import BOX_KEY, CIRCLE, OPENING_S, SEAL, Network, Station, post

WRITER, FORGER = AuthorKey(b"w" * 32), AuthorKey(b"f" * 32)
NODE = NodeNumber(0x1234)


def log_of(key: AuthorKey, facts: Sequence[Fact]) -> list[SignedEntry]:
    log: list[SignedEntry] = []
    for number, fact in enumerate(facts, start=1):
        link = link_after(log[-1]) if log else FIRST_LINK
        stamp = Stamp(3 * number, OPENING_S + 100 * number)
        place = CIRCLE.id, LogId(key.author), number, stamp, Actor.member(key.author)
        log.append(sign_entry(Draft(*place, fact, link=link, salt_key=b"salt key"), key))
    return log


LOG = log_of(WRITER, [StationIntroduced("Hall", BOX_KEY), *(post(f"need {number}") for number in range(20))])


def listener() -> Station:
    return Network(seed=1, count=1).stations[0]


def say(station: Station, *items: Item) -> None:
    station.engine.receive(seal_frame(Entries(items), SEAL), NODE, 1.0)
    station.drain()


def held(station: Station) -> list[SignedEntry]:
    return [one for one in station.store.everything() if one.entry.log.author == WRITER.author]


def runs_of(log: Sequence[SignedEntry], cuts: Sequence[int], *, is_backward: bool = True) -> list[Item]:
    """Return a log in runs cut before these numbers.

    Backward: each has a link, and only the last one a signature; else each has a signature and none a link.
    """
    edges = [0, *sorted({cut for cut in cuts if 0 < cut < len(log)}), len(log)]
    return [
        run_of(log[first:after], has_link=is_backward, is_signed=not is_backward or after == len(log))
        for first, after in pairwise(edges)
    ]


@cache  # to sign hundreds takes seconds
def corpus_logs(count: int, authors: int) -> tuple[SignedEntry, ...]:
    """Return so many posts of the corpus, written by so many stations in turn, and their introductions."""
    contents, chance = own_corpus(), random.Random(1)
    keys = [AuthorKey(bytes([50 + place]) * 32) for place in range(authors)]
    logs: dict[AuthorKey, list[SignedEntry]] = {key: [] for key in keys}
    facts: list[tuple[AuthorKey, Fact]] = [
        (key, StationIntroduced(f"Board {place}", BOX_KEY)) for place, key in enumerate(keys)
    ]
    more = ((chance.choice(keys), PostPublished(contents[at % len(contents)])) for at in range(2 * count))
    written: list[SignedEntry] = []
    for key, fact in (*facts, *more):
        log, stamp = logs[key], Stamp(len(written) + 1, OPENING_S + 97 * len(written) + chance.randint(0, 90))
        place = CIRCLE.id, LogId(key.author), len(log) + 1, stamp, Actor.member(key.author)
        drawn, link = chance.randbytes(SALT_KEY_BYTES), link_after(log[-1]) if log else FIRST_LINK
        known = latest_salt_key(((one.entry.number, one.salt_key) for one in log), len(log) + 1)
        try:
            signed = sign_entry(Draft(*place, fact, link=link, salt_key=known or drawn), key)
            check_fits(signed)
        except RuleError:
            continue
        log.append(signed)
        written.append(signed)
    return tuple(written[: count + authors])
