"""A small board for tests/wire/vectors.json: old logs and new, gaps and a fork, and what is told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from meshboard.domain.entries import Fact, LogId, PostNoted, SignedEntry, Stamp
from meshboard.domain.people import Actor, ActorKind
from meshboard.sync.holdings.ranges import ranges_of, xor
from meshboard.sync.holdings.summary import Holdings, state_of, summary_parts
from meshboard.sync.holdings.telling import Teller
from meshboard.sync.store import LogHoldings
from meshboard.trust.identity import AuthorKey
from meshboard.trust.invite import prove
from meshboard.wire.entry_bytes import FIRST_LINK, Draft, link_after, sign_entry
from meshboard.wire.frames import Beacon, Entries, Frame, Speaker, Told
from meshboard.wire.framing import room_bytes
from meshboard.wire.items import item_of, run_of
from tests.support.entries.examples import (
    AUTHOR,
    CIRCLE,
    FACTS,
    INVITE,
    JOINER,
    POST,
    SALT,
    SEED,
    log_of_three,
)

FOUNDER = AuthorKey(SEED)
WALK_UP = Actor(ActorKind.WALK_UP, b"visitor!")


def old_and_new() -> list[SignedEntry]:
    """Return a log begun before there were links: 1 and 2 signed without, 3 to 5 with, 4 kept without."""
    log = LogId(AUTHOR)
    log_so_far = [_signed_the_old_way(log, 1, FACTS["CircleFounded"])]
    log_so_far.append(_signed_the_old_way(log, 2, FACTS["PostNoted"]))
    for name, actor in (("ClaimAccepted", None), ("PostPublished", WALK_UP), ("ClaimConfirmed", None)):
        log_so_far.append(_signed(FOUNDER, log, FACTS[name], log_so_far[-1], actor))
    log_so_far[3] = replace(log_so_far[3], signature=b"")
    return log_so_far


def of_a_joiner() -> list[SignedEntry]:
    """Return a log that is all linked, without its fourth entry, and with two under number 5."""
    log = LogId(JOINER.author)
    first = _signed(JOINER, log, FACTS["StationIntroduced with a box key"])
    second = _signed(JOINER, log, prove(INVITE, JOINER.author), first)
    third = _signed(JOINER, log, FACTS["ClaimKeyOffered"], second)
    fourth = _signed(JOINER, log, FACTS["ClaimReleased"], third)
    forks = [_signed(JOINER, log, PostNoted(POST, words), fourth) for words in ("on my way", "no, later")]
    return [first, replace(second, signature=b""), third, *forks]


def board() -> list[SignedEntry]:
    """Return all entries of the board, as a station keeps them."""
    middle = [replace(signed, signature=b"") for signed in log_of_three()[:2]]
    return [*old_and_new(), *middle, log_of_three()[2], *of_a_joiner()]


def holdings() -> Holdings:
    """Return what is held of each log."""
    held: dict[LogId, list[SignedEntry]] = {}
    for signed in board():
        held.setdefault(signed.entry.log, []).append(signed)
    return {log: _held(entries) for log, entries in held.items()}


def board_frames() -> Mapping[str, Frame]:
    """Return frames that bring the board and tell of it."""
    speaker = Speaker(AUTHOR[:4], 2**32 - 1)
    old, joiner, told = old_and_new(), of_a_joiner(), _told()
    summary = summary_parts(holdings(), AUTHOR[:4], room_bytes(231))[0]
    return {
        "ENTRIES, signed the old way": Entries((item_of(old[1]),)),
        "ENTRIES, the first of its log signed the old way": Entries((item_of(old[0]),)),
        "ENTRIES, a run from the first on": Entries((run_of(joiner[:2], has_link=True, is_signed=False),)),
        "ENTRIES, a run with a walk-up's": Entries((run_of(old[2:], has_link=True, is_signed=True),)),
        "ENTRIES, a run of one without its signature": Entries(
            (run_of(old[3:4], has_link=False, is_signed=False),)
        ),
        "ENTRIES that tell": Entries((item_of(old[4]),), told=told),
        "KEYED ENTRIES that tell": Entries(
            (item_of(old[4], is_keyed=True),),
            is_keyed=True,
            told=replace(told, start=1, ranges=told.ranges[1:]),
        ),
        "BEACON that tells": Beacon(speaker, state_of(holdings()), told),
        "BEACON that tells what waits": Beacon(
            speaker, state_of(holdings()), replace(told, waits=((0, ((7, 7), (9, 12))), (2, ((8, 8),))))
        ),
        "SUMMARY of the board": replace(summary, speaker=speaker),
    }


def _told() -> Told:
    told = Teller().tell(holdings(), 64)
    assert told is not None
    return told


def _held(entries: Sequence[SignedEntry]) -> LogHoldings:
    ranges = ranges_of(signed.entry.number for signed in entries)
    return LogHoldings(ranges, xor(signed.entry.digest for signed in entries), len(entries))


def _signed(
    key: AuthorKey,
    log: LogId,
    fact: Fact,
    before: SignedEntry | None = None,
    actor: Actor | None = None,
) -> SignedEntry:
    number = before.entry.number + 1 if before else 1
    link = link_after(before) if before else FIRST_LINK
    stamp = Stamp(number + 200, 1_763_800_000 + 60 * number)
    return sign_entry(
        Draft(CIRCLE.id, log, number, stamp, actor or Actor.member(key.author), fact, SALT, link), key
    )


def _signed_the_old_way(log: LogId, number: int, fact: Fact) -> SignedEntry:
    stamp = Stamp(number, 1_763_700_000 + number)
    return sign_entry(Draft(CIRCLE.id, log, number, stamp, Actor.member(AUTHOR), fact, SALT, b""), FOUNDER)
