"""A running station: commit, then transmit; what is heard is stored before it is told on."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from meshboard.domain.entries import PostPublished, PostWithdrawn
from meshboard.domain.ids import PostId
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.ledger.ledger import Ledger
from meshboard.link import LinkState
from meshboard.station.clock import SystemClock
from meshboard.station.desk import Desk
from meshboard.station.texts import HandheldSender
from tests.station.linked import KITCHEN, Air, Linked, running

BEA = Actor(ActorKind.HANDHELD, b"bea-node")


def critical(text: str) -> PostPublished:
    """Critical posts do not rest, so tests need not wait."""
    return PostPublished(PostContent(PostKind.NEED, Category.MEDICAL, Urgency.CRITICAL, text))


async def eventually(is_so: Callable[[], bool], within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not is_so():  # noqa: ASYNC110 -- what is waited for has no event
            await asyncio.sleep(0.02)


def holds(station: Linked, post: PostId) -> bool:
    return station.ledger.posts.record(post) is not None


async def test_what_is_committed_here_is_stored_there(tmp_path: Path) -> None:
    air = Air()
    ana, ben = Linked(tmp_path, "Ana", air), Linked(tmp_path, "Ben", air)
    async with running(ana, ben):
        post = PostId(ana.desk.write(critical("insulin"), ana.desk.member).entry.id)
        await eventually(lambda: holds(ben, post))

        await eventually(lambda: ana.desk.sent_through() == 2)
        assert ben.changes > 0


async def test_what_another_process_commits_is_transmitted(tmp_path: Path) -> None:
    air = Air()
    ana, ben = Linked(tmp_path, "Ana", air), Linked(tmp_path, "Ben", air)
    async with running(ana, ben):
        with Ledger.open(ana.path) as beside:
            desk = Desk(beside, KITCHEN, SystemClock())
            post = PostId(desk.write(critical("insulin"), desk.member).entry.id)

        await eventually(lambda: holds(ben, post))


async def test_what_was_committed_while_no_station_ran_goes_out_at_the_start(tmp_path: Path) -> None:
    air = Air()
    ana, ben = Linked(tmp_path, "Ana", air), Linked(tmp_path, "Ben", air)
    post = PostId(ana.desk.write(critical("insulin"), ana.desk.member).entry.id)

    async with running(ana, ben):
        await eventually(lambda: holds(ben, post))


async def test_nothing_is_marked_as_sent_while_the_link_is_down(tmp_path: Path) -> None:
    air = Air()
    ana, ben = Linked(tmp_path, "Ana", air), Linked(tmp_path, "Ben", air)
    ana.link.turn(LinkState.LOST)
    async with running(ana, ben):
        post = PostId(ana.desk.write(critical("insulin"), ana.desk.member).entry.id)
        await asyncio.sleep(0.6)
        assert (ana.link.frames, ana.desk.sent_through()) == (0, 0)

        ana.link.turn(LinkState.UP)
        await eventually(lambda: holds(ben, post))


async def test_a_station_lets_go_of_its_link_even_when_nothing_can_be_written(tmp_path: Path) -> None:
    air = Air()
    ana = Linked(tmp_path, "Ana", air)
    ana.station.start()
    await eventually(lambda: bool(ana.ledger.stations.status()))
    ana.ledger._database.pragma("busy_timeout = 50")

    with Ledger.open(ana.path) as beside, beside._database.writing():
        await ana.station.stop()
    ana.ledger.close()

    assert ana.link.is_stopped


async def test_a_direct_text_is_answered_and_a_channel_message_is_not(tmp_path: Path) -> None:
    class Echo:
        def answer(self, text: str, sender: HandheldSender) -> str | None:
            return f"{sender.name}: {text}"

    ana = Linked(tmp_path, "Ana", Air())
    async with running(ana, responder=Echo()):
        ana.link.hear_text("hello everybody", direct=False)
        ana.link.hear_text("list")

        assert ana.link.texts == [("Bea: list", 77)]


async def test_what_a_handheld_asked_elsewhere_takes_effect_when_its_own_station_hears_of_it(
    tmp_path: Path,
) -> None:
    air = Air()
    hall, library = Linked(tmp_path, "Hall", air), Linked(tmp_path, "Library", air)
    async with running(hall, library):
        post = PostId(hall.desk.write(critical("insulin"), BEA).entry.id)
        await eventually(lambda: holds(library, post))
        library.desk.write(PostWithdrawn(post), BEA)

        def is_withdrawn_everywhere() -> bool:
            records = [station.ledger.posts.record(post) for station in (hall, library)]
            return all(record is not None and record.withdrawn is not None for record in records)

        await eventually(is_withdrawn_everywhere, 40.0)


async def test_a_station_on_an_old_disk_begins_a_new_log_once_others_prove_it(tmp_path: Path) -> None:
    air = Air()
    ana, ben = Linked(tmp_path, "Ana", air), Linked(tmp_path, "Ben", air)
    shutil.copy(ana.path, tmp_path / "old copy")
    async with running(ana, ben):
        post = PostId(ana.desk.write(critical("insulin"), ana.desk.member).entry.id)
        await eventually(lambda: holds(ben, post))
    shutil.copy(tmp_path / "old copy", ana.path)
    air = Air()
    restored, ben = Linked(tmp_path, "Ana", air), Linked(tmp_path, "Ben", air)
    async with running(restored, ben):
        await eventually(lambda: holds(restored, post), 60.0)

        assert restored.desk.log.incarnation == 1
        written = restored.desk.write(critical("bandages"), restored.desk.member).entry
        assert (written.log.incarnation, written.number) == (1, 1)
