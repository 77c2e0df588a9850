"""Who counts, what is shown and what is held depend on what was heard, not on order, batches or restarts."""

from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from meshboard.domain.circle_facts import AuthorVouched, InviteClosed
from meshboard.domain.entries import Fact, LogId, PostClaimed, PostFlagged, PostNoted, SignedEntry
from meshboard.domain.ids import EpochId, PostId
from meshboard.domain.membership import Membership
from meshboard.domain.merge import PostRecord, merge
from meshboard.domain.vouching import membership
from meshboard.ledger.file import driver
from meshboard.ledger.ledger import Ledger
from meshboard.sync.store import LogHoldings
from meshboard.trust.circle import is_founder
from meshboard.trust.invite import Invite, invite_id_of
from tests.support.entries.founded import OWN_SEED, Town, post_fact
from tests.support.entries.signed import NOON

PEOPLE = "ABCDE"
MOST_ROUNDS = 20


@st.composite
def towns(draw: st.DrawFn) -> Town:  # noqa: C901 -- a list of what may happen
    """Draw a founded circle and some years of its life."""
    town = Town()
    town.found()
    invites: list[tuple[str, Invite]] = []
    epochs = [EpochId(bytes(town.circle.id))]
    posts: list[PostId] = []
    here = ["A"]
    for name in draw(st.permutations(PEOPLE[1:])):
        town.arrive(name)
        here.append(name)
        shows_invite = draw(st.booleans())
        if invites and shows_invite:
            town.join(name, draw(st.sampled_from(invites))[1])
        by = draw(st.sampled_from(here))
        match draw(st.sampled_from(["vouch", "invite", "nothing"])):
            case "vouch":
                town.vouch(by, name)
            case "invite":
                invites.append((by, town.invite(by, uses=draw(st.sampled_from([0, 1, 2])))[0]))
            case _:
                pass
    for _ in range(draw(st.integers(0, 14))):
        by, other = draw(st.sampled_from(PEOPLE)), draw(st.sampled_from(PEOPLE))
        match draw(
            st.sampled_from(["post", "post", "about", "vouch", "withdraw", "remove", "fork", "close"])
        ):
            case "post":
                posts.append(PostId(town.post(by, f"post {len(town.entries)}").entry.id))
            case "about" if posts:
                post = draw(st.sampled_from(posts))
                facts: list[Fact] = [PostClaimed(post), PostNoted(post, "hm"), PostFlagged(post, True)]
                town.write(by, draw(st.sampled_from(facts)))
            case "vouch":
                town.vouch(by, other)
            case "withdraw":
                town.withdraw(by, other, town.cut(other))
            case "remove":
                cut = town.cut(other, draw(st.integers(0, 6)))
                begun = town.remove(by, cut, parent=draw(st.sampled_from(epochs)))
                epochs.append(EpochId(bytes(begun.entry.id)))
            case "fork":
                number = draw(st.integers(1, max(1, len(town.writer(by).written))))
                facts = [post_fact(f"fork {len(town.entries)}"), AuthorVouched(town.key(other))]
                town.write(by, draw(st.sampled_from(facts)), number=number)
            case "close" if invites:
                maker, invite = draw(st.sampled_from(invites))
                kept = draw(
                    st.lists(st.sampled_from([town.key(name) for name in PEOPLE]), max_size=3, unique=True)
                )
                town.write(maker, InviteClosed(invite_id_of(invite), tuple(sorted(kept))))
            case _:
                pass
    return town


def _two_of_each_number(entries: list[SignedEntry]) -> list[SignedEntry]:
    kept: dict[tuple[LogId, int], list[SignedEntry]] = {}
    for signed in sorted(entries, key=lambda signed: signed.entry.digest):
        forks = kept.setdefault((signed.entry.log, signed.entry.number), [])
        if len(forks) < 2:
            forks.append(signed)
    return [signed for forks in kept.values() for signed in forks]


def _holdings(entries: list[SignedEntry]) -> dict[LogId, LogHoldings]:
    from meshboard.sync.memory_store import MemoryStore

    store = MemoryStore()
    store.append(entries)
    return dict(store.holdings())


def _tell_until_nothing_is_new(ledger: Ledger, batches: list[list[SignedEntry]]) -> None:
    """As repair does: whatever was refused comes again as long as anything changes."""
    for _ in range(MOST_ROUNDS):
        if not any(ledger.append(batch, NOON).new for batch in batches):
            return
    raise AssertionError("it does not come to rest")


def _people(found: Membership) -> object:
    return (
        found.founder,
        found.epoch,
        found.epochs,
        found.vouches,
        found.members(),
        {author: one.reach for author, one in found.standings.items() if one.reach > (0, 0)},
        found.last_words,
    )


def _records(ledger: Ledger, town: Town) -> dict[PostId, PostRecord]:
    return dict(ledger.posts.records(PostId(signed.entry.id) for signed in town.entries))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shared") / "ledger.db"
    Ledger.create(path).close()
    return path


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],  # to explain takes minutes of tracing
)
@given(town=towns(), chance=st.randoms(use_true_random=False), size=st.integers(1, 6), half=st.booleans())
def test_any_order_and_any_batches_come_to_the_same(
    path: Path, town: Town, chance: Random, size: int, half: bool
) -> None:
    note(repr(town))
    heard = _two_of_each_number(town.entries)
    told = membership(
        town.circle.id, lambda author: is_founder(town.circle, author), [signed.entry for signed in heard]
    )
    counting = [signed for signed in heard if told.counts(signed.entry.log, signed.entry.number)]
    shuffled = list(town.entries)
    chance.shuffle(shuffled)
    batches = [shuffled[first : first + size] for first in range(0, len(shuffled), size)]

    with Ledger.open(path, checked=False) as ledger:
        ledger.circles.forget(town.circle.id)
        ledger.circles.add(town.circle, OWN_SEED, NOON)
        store = ledger.store(town.circle.id)
        for batch in batches[: len(batches) // 2 if half else None]:
            ledger.append(batch, NOON)
            store.holdings()
        if not half:
            _tell_until_nothing_is_new(ledger, batches)
            assert _holdings(counting) == dict(store.holdings())
    with Ledger.open(path, checked=False) as ledger:
        _tell_until_nothing_is_new(ledger, batches)

        assert _people(told) == _people(ledger.members.membership(town.circle.id))
        assert _holdings(counting) == dict(ledger.store(town.circle.id).holdings())
        assert merge(signed.entry for signed in counting) == _records(ledger, town)
        before = _computed(path)
        ledger.rebuild()
        assert before == _computed(path)
        assert merge(signed.entry for signed in counting) == _records(ledger, town)


def _computed(path: Path) -> list[list[tuple[object, ...]]]:
    """Return everything in a ledger that is computed from entries."""
    tables = ("post", "claim", "station_name", "entry")
    with closing(driver.connect(path, "ro")) as connection:
        return [connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables]
