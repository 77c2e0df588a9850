"""A running station forgets, says so when asked for what is gone, and tells a newcomer no old words."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from meshboard.domain.commands import AddNote, WithdrawPost
from meshboard.domain.entries import LogId, PostPublished
from meshboard.domain.ids import PostId
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.domain.views import BoardQuery, PostView
from meshboard.errors import RuleError
from meshboard.figures import FORGET_EVERY_S, KEPT_AFTER_S
from meshboard.station.circle.desk import Desk
from meshboard.station.running.forget_hourly import Forgetter, is_old
from meshboard.station.vault.backups import back_up, restore
from meshboard.station.vault.vault import LEDGER_FILE
from meshboard.sync.store import LogHoldings
from tests.support.stations.linked import Air, Linked, eventually, running
from tests.support.stations.neighbours import NEED, NOON, HandClock, Neighbour
from tests.support.stations.protected import TEXT, host_of, new_home, post_need, texts, words

LONG_AFTER_S = NOON + 100 * 24 * 3600


@pytest.fixture
def ana(tmp_path: Path) -> Iterator[Neighbour]:
    station = Neighbour(tmp_path, "Ana")
    yield station
    station.ledger.close()


def publish(station: Neighbour, text: str) -> PostView:
    content = replace(NEED, text=text)
    return station.service.publish(content, contact="door bell 3")


def forget(station: Neighbour) -> None:
    forgetter = Forgetter(station.ledger, station.clock, lambda: True)
    station.clock.monotonic += FORGET_EVERY_S
    for _ in range(20):
        forgetter.step()


def grow_old(station: Neighbour) -> list[PostView]:
    """Put posts up, let them grow old, and put up another one; return the old ones."""
    old = [publish(station, f"old need {number}") for number in range(3)]
    station.clock.wall = LONG_AFTER_S
    publish(station, "a new need")
    return old


def test_a_station_whose_clock_nobody_bears_out_waits_an_hour_with_forgetting(ana: Neighbour) -> None:
    grow_old(ana)
    forgetter = Forgetter(ana.ledger, ana.clock, lambda: False)

    assert not forgetter.step()
    ana.clock.monotonic += FORGET_EVERY_S
    assert forgetter.step()


def test_a_station_forgets_at_its_start_and_every_hour(ana: Neighbour) -> None:
    forgetter = Forgetter(ana.ledger, ana.clock, lambda: True)
    assert not forgetter.step()
    old = grow_old(ana)

    assert not forgetter.step()
    ana.clock.monotonic += FORGET_EVERY_S
    assert forgetter.step()
    assert [ana.ledger.posts.record(post.id) for post in old] == [None] * 3
    assert [one.content.text for one in ana.service.board(_everything()).posts] == ["a new need"]


def _everything() -> BoardQuery:
    return BoardQuery(live_only=False, with_hidden=True)


def test_a_code_of_a_forgotten_post_is_said_to_be_no_longer_kept(ana: Neighbour) -> None:
    old = grow_old(ana)
    forget(ana)

    told = f"{old[0].code} is no longer kept: posts are forgotten 14 days after they are over."
    with pytest.raises(RuleError, match=f"{told} If {old[0].code} is mistyped, look at the list"):
        ana.service.find(old[0].code.lower())
    with pytest.raises(RuleError, match=told):
        ana.service.post(old[0].id)
    with pytest.raises(RuleError, match=told):
        ana.service.run(AddNote(actor=ana.me, post=old[0].id, text="still?"))
    with pytest.raises(RuleError, match="There is no post 0000 here"):
        ana.service.find("0000")


def test_contacts_and_words_go_from_the_disk_with_their_post(ana: Neighbour) -> None:
    grow_old(ana)
    forget(ana)
    ana.ledger.close()

    kept = ana.bytes_on_disk()
    assert b"old need" not in kept
    assert kept.count(b"door bell 3") == 1
    ana.open(ana.path.parent)


def test_a_station_without_a_believable_time_forgets_nothing_and_contradicts_nobody(ana: Neighbour) -> None:
    old = grow_old(ana)
    ana.clock.wall = None
    forget(ana)

    assert all(ana.ledger.posts.record(post.id) for post in old)
    store, log = ana.ledger.store(ana.desk.circle.id), ana.desk.read_log()
    introduced, post = store.entries(log, 1, 2)
    assert not is_old(ana.desk, introduced)
    assert is_old(ana.desk, post)


def test_what_is_nearly_old_is_not_contradicted_and_what_lasts_is(ana: Neighbour) -> None:
    post = publish(ana, "a need")
    ana.service.run(WithdrawPost(actor=ana.me, post=post.id))
    published, withdrawn = ana.ledger.store(ana.desk.circle.id).entries(ana.desk.read_log(), 2, 3)

    assert not is_old(ana.desk, published)
    ana.clock.wall = NOON + KEPT_AFTER_S - 24 * 3600
    assert is_old(ana.desk, published)
    assert is_old(ana.desk, withdrawn)


def test_a_copy_from_before_a_migration_goes_when_what_is_in_it_would(ana: Neighbour) -> None:
    copy = ana.path.with_name(ana.path.name + ".version-3")
    copy.write_bytes(b"old words")
    ana.path.with_name(LEDGER_FILE).touch()  # what a home is known by: its files are held meanwhile
    os.utime(copy, (NOON, NOON))
    forget(ana)
    assert copy.exists()

    ana.clock.wall = NOON + KEPT_AFTER_S
    forget(ana)
    assert not copy.exists()


def test_a_backup_is_forgotten_from_before_it_is_shown(tmp_path: Path) -> None:
    host = new_home(tmp_path / "home", None)
    post_need(host.open(), "the last of its log")
    host.close()
    back_up(host_of(tmp_path / "home").vault, tmp_path / "backup", words())
    now_s = int((tmp_path / "backup").stat().st_mtime)
    for name, later_s, shown in (("soon", 0, {TEXT}), ("later", LONG_AFTER_S - NOON, set())):
        clock = HandClock(now_s + later_s)
        restore(host_of(tmp_path / name).vault, tmp_path / "backup", words(), clock=clock)
        host = host_of(tmp_path / name)
        host.unlock(words())

        assert set(texts(host)) == {"the last of its log", *shown}


async def test_a_newcomer_hears_what_lasts_and_holds_the_same(tmp_path: Path) -> None:
    air = Air()
    ana, ben = Linked(tmp_path, "Ana", air), Linked(tmp_path, "Ben", air)
    for number in range(20):
        _write(ana, f"old {number}", ago_s=60 * 24 * 3600)
    _write(ana, "new", ago_s=60)
    assert sum(ana.ledger.forgetting.steps(ana.clock.wall_s())) == 20
    async with running(ana, ben):
        await eventually(lambda: _holdings(ana) == _holdings(ben))

        logs = [log for log in _holdings(ben) if log == ana.desk.read_log()]
        (told,) = ben.ledger.store(ben.desk.circle.id).stretches(logs[0])
        assert (told.first, told.last, told.is_told) == (2, 21, True)
        ids = ana.ledger.forgetting.ids(ana.desk.circle.id)
        assert len(ids) == 20
        assert not ben.ledger.posts.records(PostId(entry_id) for entry_id in ids)
        await eventually(lambda: ana.desk.sent_through() == 22)  # what went unsaid holds nothing up


def _write(station: Linked, text: str, ago_s: int) -> None:
    content = PostContent(PostKind.NEED, Category.FOOD, Urgency.CRITICAL, text)
    past = HandClock((station.clock.wall_s() or 0) - ago_s)
    desk = Desk(station.ledger, station.desk.circle, past)
    desk.write(PostPublished(content), desk.member)


def _holdings(station: Linked) -> dict[LogId, LogHoldings]:
    return dict(station.ledger.store(station.desk.circle.id).holdings())
