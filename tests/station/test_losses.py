"""What was stored and is gone is noticed, said and asked for, and no number of a log is used twice."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from meshboard.domain.entries import LogId, PostPublished
from meshboard.domain.views import BoardQuery
from meshboard.errors import LedgerDamaged
from meshboard.ledger.ledger import Ledger
from meshboard.station.circle.desk import Desk
from meshboard.station.home.host import Host
from meshboard.station.process.real_clock import SystemClock
from meshboard.station.vault.backups import COUNTERS_AHEAD
from meshboard.station.vault.losses import loss_words, notice_losses
from meshboard.trust.secret import Secret
from tests.support.entries.signed import content
from tests.support.stations.acquainted import settle_in
from tests.support.stations.linked import KITCHEN, Air, Linked, eventually, running

WRITTEN = 6


def post(desk: Desk, text: str) -> int:
    """Write a post as a person does; return its number in this station's log."""
    return desk.write(PostPublished(content(text)), desk.member).entry.number


def crash_image(ana: Linked, folder: Path, damaged_at: float | None) -> Linked:
    """Copy a ledger that is open, as a power cut leaves it; damage its write-ahead log at a share of it."""
    folder.mkdir()
    for file in ana.path.parent.glob(f"{ana.path.name}*"):
        if not file.name.endswith("-shm"):
            shutil.copy(file, folder / file.name)
    log = folder / f"{ana.path.name}-wal"
    if damaged_at is not None:
        whole = bytearray(log.read_bytes())
        place = int(damaged_at * len(whole))
        whole[place : place + 8] = bytes(byte ^ 0xA5 for byte in whole[place : place + 8])
        log.write_bytes(whole)
    return Linked(folder, ana.name, ana.air)


def settled(ana: Linked) -> None:
    """Let all of a ledger be in its file, and begin its tally, as a station does."""
    ana.ledger.begin_tally()
    ana.ledger._database.empty_log()


@pytest.mark.parametrize("damaged_at", [0.001, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9])
def test_a_damaged_log_of_writes_loses_no_acknowledged_post_unseen(tmp_path: Path, damaged_at: float) -> None:
    ana = Linked(tmp_path, "Ana", Air())
    settled(ana)
    written = [post(ana.desk, f"soup {one}") for one in range(WRITTEN)]

    after = crash_image(ana, tmp_path / "card", damaged_at)
    notice_losses(after.ledger, None)

    held = len(after.board().board(BoardQuery()).posts)
    assert held < WRITTEN
    assert f"lost {WRITTEN - held} entr" in loss_words(after.ledger, None)
    assert f"{WRITTEN - held} of them written here" in after.board().status().loss_detail
    assert (post(after.desk, "again"), after.desk.read_log().incarnation) == (1, 1)
    assert after.ledger.store(KITCHEN.id).reserve_counters(1) > COUNTERS_AHEAD
    assert written == list(range(2, WRITTEN + 2))


def test_without_a_station_no_number_is_written_twice_either(tmp_path: Path) -> None:
    ana = Linked(tmp_path, "Ana", Air())
    settled(ana)
    for one in range(WRITTEN):
        post(ana.desk, f"soup {one}")

    after = crash_image(ana, tmp_path / "card", 0.5)

    assert post(after.desk, "from the shell") == 1
    assert after.desk.read_log().incarnation == 1


def test_a_power_cut_that_damages_nothing_is_no_loss(tmp_path: Path) -> None:
    ana = Linked(tmp_path, "Ana", Air())
    settled(ana)
    for one in range(WRITTEN):
        post(ana.desk, f"soup {one}")

    after = crash_image(ana, tmp_path / "card", None)
    notice_losses(after.ledger, None)

    assert loss_words(after.ledger, None) == ""
    assert (post(after.desk, "on"), after.desk.read_log().incarnation) == (WRITTEN + 2, 0)


@pytest.mark.parametrize("damage", [b"", b"x", b"\xff" * 100, b"\n", None])
def test_a_damaged_tally_is_in_nobodys_way(tmp_path: Path, damage: bytes | None) -> None:
    ana = Linked(tmp_path, "Ana", Air())
    settled(ana)
    post(ana.desk, "soup")
    tally = tmp_path / "Ana.sqlite.tally"
    whole = tally.read_bytes()
    tally.write_bytes(whole[: len(whole) // 2] if damage is None else whole[:10] + damage + whole[12:])

    notice_losses(ana.ledger, None)

    assert loss_words(ana.ledger, None) == ""
    assert post(ana.desk, "on") == 3


def test_a_tally_under_another_key_is_none_and_begun_anew(tmp_path: Path) -> None:
    key = Secret(bytes(range(32)))
    with Ledger.create(tmp_path / "ledger.sqlite", key) as ledger:
        (tmp_path / "ledger.sqlite.tally").write_bytes(plain_tally(tmp_path))

        assert ledger.tally() == {}
        notice_losses(ledger, None)

        assert loss_words(ledger, None) == ""
        settle_in(ledger, KITCHEN, "Ana", SystemClock())
        assert len(ledger.tally()) == 2  # and what the circle began with


def plain_tally(folder: Path) -> bytes:
    ana = Linked(folder, "Ana", Air())
    settled(ana)
    assert ana.ledger.tally() != {}
    return (folder / "Ana.sqlite.tally").read_bytes()


def damaged_again(ana: Linked, folder: Path) -> Linked:
    """Cut the power and damage the start of the write-ahead log: all that is in it is gone."""
    return crash_image(ana, folder, 0.005)


def numbers(ana: Linked) -> set[tuple[int, int]]:
    """Return the incarnation and number of each entry held of this station's own."""
    store, log = ana.ledger.store(KITCHEN.id), ana.desk.read_log()
    return {
        (one.entry.log.incarnation, one.entry.number)
        for incarnation in range(log.incarnation + 1)
        for one in store.entries(LogId(log.author, incarnation), 1, 99)
    }


@pytest.mark.parametrize("with_station", [True, False], ids=["with a station", "commands only"])
def test_a_disk_that_forgets_again_and_again_lets_no_number_be_used_twice(
    tmp_path: Path, *, with_station: bool
) -> None:
    ana = Linked(tmp_path, "Ana", Air())
    settled(ana)
    acknowledged: list[tuple[int, int]] = []
    for turn in range(4):
        if with_station:
            notice_losses(ana.ledger, None)
        for one in range(2):
            number = post(ana.desk, f"soup {turn} {one}")
            acknowledged.append((ana.desk.read_log().incarnation, number))
        assert loss_words(ana.ledger, None).count("lost") == bool(turn)
        ana = damaged_again(ana, tmp_path / f"card {turn}")

    assert len(set(acknowledged)) == len(acknowledged)
    assert f"lost {len(acknowledged)} entries" in loss_words(ana.ledger, None)
    assert f"{len(acknowledged)} of them written here" in loss_words(ana.ledger, None)
    assert numbers(ana) == {(0, 1)}


def test_an_older_file_under_a_newer_tally_is_noticed_by_commands_alone(tmp_path: Path) -> None:
    ana = Linked(tmp_path, "Ana", Air())
    settled(ana)
    ana.ledger.settle()
    older = ana.path.read_bytes()
    for one in range(WRITTEN):
        post(ana.desk, f"soup {one}")
    ana.ledger.close()
    written = []
    for _ in range(3):
        for file in tmp_path.glob("Ana.sqlite-*"):
            file.unlink()
        ana.path.write_bytes(older)
        again = Linked(tmp_path, "Ana", Air())
        assert "lost" in loss_words(again.ledger, None)
        written.append((again.desk.read_log().incarnation, post(again.desk, "on")))
        written[-1] = again.desk.read_log().incarnation, written[-1][1]
        again.ledger.close()

    assert written == [(1, 1), (2, 1), (3, 1)]


def test_who_left_a_circle_has_lost_nothing(tmp_path: Path) -> None:
    host = Host(tmp_path)
    for name in ("Kitchen", "Bikes"):
        host.begin("Ana", "none", new_circle=name)
    host.open("Bikes")
    ledger = host._opened().ledger
    ledger.write_tally()

    host.leave("Bikes")
    notice_losses(ledger, None)

    assert loss_words(ledger, None) == ""
    assert len(ledger.tally()) == 1
    host.close()


async def test_what_others_have_of_it_comes_back_and_is_lacking_no_more(tmp_path: Path) -> None:
    air = Air()
    ana, ben = Linked(tmp_path, "Ana", air), Linked(tmp_path, "Ben", air)
    settled(ana)
    async with running(ana, ben):
        for one in range(WRITTEN):
            post(ana.desk, f"soup {one}")
        await eventually(lambda: len(ben.board().board(BoardQuery()).posts) == WRITTEN)
        after = crash_image(ana, tmp_path / "card", 0.01)
        await ana.station.stop()

        notice_losses(after.ledger, None)
        assert loss_words(after.ledger, None) != ""
        assert len(after.board().board(BoardQuery()).posts) < WRITTEN
        async with running(after):
            await eventually(lambda: len(after.board().board(BoardQuery()).posts) == WRITTEN)
            assert after.board().status().loss_detail == ""


async def test_what_was_heard_is_in_the_tally_too(tmp_path: Path) -> None:
    air = Air()
    ana, ben = Linked(tmp_path, "Ana", air), Linked(tmp_path, "Ben", air)
    async with running(ana, ben):
        settled(ben)
        for one in range(WRITTEN):
            post(ana.desk, f"soup {one}")
        await eventually(lambda: len(ben.board().board(BoardQuery()).posts) == WRITTEN)
        after = crash_image(ben, tmp_path / "card", 0.01)

    notice_losses(after.ledger, None)

    assert "0 of them written here" in loss_words(after.ledger, None)
    assert after.desk.read_log().incarnation == 0


async def test_an_idle_station_leaves_nothing_in_the_log_of_writes(tmp_path: Path) -> None:
    ana = Linked(tmp_path, "Ana", Air())
    log = ana.path.with_name("Ana.sqlite-wal")
    async with running(ana):
        post(ana.desk, "soup")
        assert log.stat().st_size > 0

        await eventually(lambda: log.stat().st_size == 0)


@pytest.mark.parametrize("place", ["header", "middle"])
async def test_damage_under_a_running_station_is_said_and_ends_it(tmp_path: Path, place: str) -> None:
    host = Host(tmp_path)
    host.begin("Ana", "none", new_circle="Kitchen")
    await host.start()
    try:
        host._opened().ledger.settle()
        with (tmp_path / "ledger.sqlite").open("r+b") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(0 if place == "header" else size // 8192 * 4096)
            file.write(b"\xa5" * 4096 * (1 if place == "header" else 4))

        with pytest.raises(LedgerDamaged, match="is damaged"):
            await asyncio.wait_for(host.until_gone(), 100)
    finally:
        await host.stop()


def test_damage_is_found_whether_or_not_the_file_says_that_it_was_written(tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "ledger.sqlite") as ledger:
        ledger.settle()
        ledger.look_for_damage()
        before = (tmp_path / "ledger.sqlite").stat()
        with (tmp_path / "ledger.sqlite").open("r+b") as file:
            file.write(b"\xa5" * 4096)
        os.utime(tmp_path / "ledger.sqlite", ns=(before.st_atime_ns, before.st_mtime_ns))

        with pytest.raises(LedgerDamaged):
            ledger.look_for_damage()
