"""A running station: commit, then transmit; what is heard is stored before it is told on."""

import asyncio
import random
import shutil
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from meshboard.domain.commands import AcceptClaim, ClaimPost, WithdrawPost
from meshboard.domain.entries import ClaimAccepted, PostEdited, PostWithdrawn
from meshboard.domain.ids import CircleId, PostId
from meshboard.domain.merge import PostRecord
from meshboard.domain.people import Actor, ActorKind
from meshboard.errors import LedgerError, RuleError
from meshboard.figures import BUSY_TIMEOUT_S
from meshboard.ledger.ledger import Ledger
from meshboard.link import FrameHeard, LinkState, NodeNumber
from meshboard.station.circle.desk import Desk
from meshboard.station.process.bulletin import Bulletin
from meshboard.station.process.real_clock import SystemClock
from meshboard.station.process.station_report import read_report, told_report
from meshboard.station.running.running import LEFT_OUT
from meshboard.station.texts.texts import Answer, HandheldSender
from meshboard.sync.holdings.summary import place_of
from meshboard.trust.key_ring import KeyRing
from meshboard.wire.frames import LogLine, Speaker, Summary
from meshboard.wire.framing import seal_frame
from tests.support.stations.linked import KITCHEN, Air, Linked, MemoryLink, critical, eventually, running

BEA = Actor(ActorKind.HANDHELD, b"bea-node")


def holds(station: Linked, post: PostId) -> bool:
    return station.ledger.posts.record(post) is not None


def record_of(station: Linked, post: PostId) -> PostRecord:
    record = station.ledger.posts.record(post)
    assert record is not None
    return record


async def test_what_is_committed_here_is_stored_there(tmp_path: Path) -> None:
    air = Air()
    ana, ben = Linked(tmp_path, "Ana", air), Linked(tmp_path, "Ben", air)
    async with running(ana, ben):
        post = PostId(ana.desk.write(critical("insulin"), ana.desk.member).entry.id)
        await eventually(lambda: holds(ben, post))

        await eventually(lambda: ana.desk.sent_through() == 2)
        await eventually(lambda: ben.changes > 0)


THREE_WEEKS_S = 21 * 24 * 3600


class SlowClock(SystemClock):
    """A clock that was last set three weeks ago."""

    def wall_s(self) -> int | None:
        return (super().wall_s() or 0) - THREE_WEEKS_S


async def test_a_slow_clock_is_set_right_by_two_others(tmp_path: Path) -> None:
    air = Air()
    ana, ben = Linked(tmp_path, "Ana", air), Linked(tmp_path, "Ben", air)
    kiosk = Linked(tmp_path, "Kiosk", air, clock=SlowClock())
    async with running(ana, ben, kiosk):
        for station in (ana, ben, ana, ben):  # the first of each is said with its key, and tells no more
            post = PostId(station.desk.write(critical("insulin"), station.desk.member).entry.id)
            await eventually(partial(holds, kiosk, post))
        await eventually(kiosk.clock.is_agreed)

        written = kiosk.desk.write(critical("plasters"), kiosk.desk.member).entry
        assert abs((written.stamp.time_s or 0) - (SystemClock().wall_s() or 0)) < 60
        told = read_report(kiosk.station.report().to_row())
        assert abs(told.clock_off_s + THREE_WEEKS_S) < 60
        assert ana.station.report().clock_off_s == 0


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
    await eventually(lambda: Bulletin(ana.path).read("status") != "")
    ana.ledger._database.pragma("busy_timeout = 50")

    with Ledger.open(ana.path) as beside, beside._database.writing():
        await ana.station.stop()
    ana.ledger.close()

    assert ana.link.is_stopped


async def test_what_is_heard_while_another_program_keeps_the_ledger_is_stored_once_it_lets_go(
    tmp_path: Path,
) -> None:
    air = Air()
    ana, ben = Linked(tmp_path, "Ana", air), Linked(tmp_path, "Ben", air)
    async with running(ana, ben):
        await eventually(lambda: ben.changes > 0)
        with Ledger.open(ben.path, checked=False) as beside:
            slowest_s = 0.0
            with beside._database.writing():
                post = PostId(ana.desk.write(critical("insulin"), ana.desk.member).entry.id)
                await eventually(lambda: bool(ben.station._held_back))
                for _ in range(20):
                    began = asyncio.get_running_loop().time()
                    await asyncio.sleep(0.01)
                    slowest_s = max(slowest_s, asyncio.get_running_loop().time() - began)
                assert not holds(ben, post)
        await eventually(lambda: holds(ben, post))

        assert slowest_s < BUSY_TIMEOUT_S / 2
        assert ben.station.report().trouble == ""


async def test_a_direct_text_is_answered_and_a_channel_message_is_not(tmp_path: Path) -> None:
    class Echo:
        def answer(self, text: str, sender: HandheldSender) -> Answer | None:
            return Answer(f"{sender.name}: {text}")

    ana = Linked(tmp_path, "Ana", Air())
    async with running(ana, responder=Echo()):
        ana.link.hear_text("hello everybody", direct=False)
        ana.link.hear_text("list")
        await eventually(lambda: bool(ana.link.texts))

        assert ana.link.texts == [("Bea: list", 77)]


async def test_what_another_station_says_a_handheld_asked_changes_nothing(tmp_path: Path) -> None:
    air = Air()
    hall, library = Linked(tmp_path, "Hall", air), Linked(tmp_path, "Library", air)
    async with running(hall, library):
        words = critical("insulin").content
        post = hall.board().publish(words, "Bea, 3rd door left", actor=BEA, signed_as="Bea").id
        await eventually(lambda: holds(library, post))
        claim = library.board().run(ClaimPost(actor=library.desk.member, post=post)).my_claim
        assert claim is not None
        forged = (
            ClaimAccepted(claim),
            PostEdited(post, replace(words, text="nothing", has_contact=True)),
            PostWithdrawn(post),
        )
        for fact in forged:
            library.desk.write(fact, BEA)
        await eventually(lambda: len(record_of(hall, post).asked) == len(forged), 40.0)
        hall.board().contacts.settle()

        record = record_of(hall, post)
        assert (record.withdrawn, record.edited, record.content.text) == (None, None, "insulin")
        assert (record.claims[0].accepted, record.claims[0].handed) == (None, ())
        through_hall = [entry.fact for entry in record.history if entry.log == hall.desk.read_log()]
        assert not [fact for fact in through_hall if fact in forged]
        assert [str(line.who) for line in hall.board().post(post).history if line.is_request] == [
            "Bea (through Library)"
        ] * len(forged)

        hall.board().run(AcceptClaim(actor=BEA, claim=claim))
        await eventually(lambda: bool(record_of(hall, post).claims[0].handed))


async def test_the_keeper_does_by_hand_what_was_asked_elsewhere(tmp_path: Path) -> None:
    hall, library = Linked(tmp_path, "Hall", Air()), Linked(tmp_path, "Library", Air())
    post = PostId(hall.desk.write(critical("insulin"), BEA).entry.id)
    library.desk.write(PostWithdrawn(post), BEA)
    hall.ledger.append(library.desk.store.entries(library.desk.read_log(), 1, 2), None)
    assert len(record_of(hall, post).asked) == 1

    hall.board().run(WithdrawPost(actor=hall.desk.member, post=post))

    record = record_of(hall, post)
    assert record.withdrawn is not None
    assert record.asked == ()
    for station in (hall, library):
        station.ledger.close()


async def test_a_board_that_only_says_it_remembers_more_of_us_is_not_believed(tmp_path: Path) -> None:
    ana = Linked(tmp_path, "Ana", Air())
    claim = LogLine(place_of(ana.desk.read_log()), ((1, 5000),), b"lie")
    summary = Summary(Speaker(b"liar", 1), None, (claim,))
    seal = KeyRing.of(KITCHEN).seal
    assert seal is not None
    async with running(ana):
        ana.link.hear(FrameHeard(seal_frame(summary, seal), NodeNumber(9), 0, 5.0))
        await eventually(lambda: ana.station.report().trouble != "")

        assert "or that board lies" in ana.station.report().trouble
        assert ana.desk.read_log().incarnation == 0


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
        await eventually(lambda: holds(restored, post) and restored.desk.read_log().incarnation == 1, 60.0)

        written = restored.desk.write(critical("bandages"), restored.desk.member).entry
        assert (written.log.incarnation, written.number) == (1, 1)


class Turns(MemoryLink):
    """A link that counts the turns of its station: at the end of each it is asked whether it is ready."""

    turns = 0

    def ready_for_frame(self, channel: int = 0) -> bool:
        self.turns += 1
        return super().ready_for_frame(channel)


async def test_frames_that_no_key_opens_are_no_turns_of_the_station(tmp_path: Path) -> None:
    ana = Linked(tmp_path, "Ana", Air())
    ana.link = link = Turns(ana.air)
    chance = random.Random(1)
    async with running(ana):
        await asyncio.sleep(0)
        before = link.turns
        for _ in range(1000):
            link.hear(FrameHeard(chance.randbytes(100), NodeNumber(9), 0, 5.0))
            await asyncio.sleep(0)

        assert link.turns - before < 100
        assert sum(ana.station.report().rejected[ana.desk.circle.id].values()) <= 1000


async def test_the_report_counts_what_came_too_fast_to_be_looked_at(tmp_path: Path) -> None:
    ana = Linked(tmp_path, "Ana", Air())
    async with running(ana):
        ana.link.status = replace(ana.link.status, left_out=512)

        assert ana.station.report().rejected[KITCHEN.id] == {LEFT_OUT: 512}
        await eventually(lambda: told_report(ana.path).rejected.get(KITCHEN.id) == {LEFT_OUT: 512})


async def test_what_came_while_another_process_kept_the_ledger_is_taken_in_once_it_lets_go(
    tmp_path: Path,
) -> None:
    ana = Linked(tmp_path, "Ana", Air(), circles=["Solo"])
    with Ledger.open(ana.path) as beside:
        async with running(ana):
            ana.link.turn(LinkState.LOST)  # no frame of ours is due that would wake the station
            await asyncio.sleep(3.0)
            with suppress(RuleError), beside.writing():
                ana.link.hear_text("need")
                raise RuleError("no")  # refused there: nothing is committed
            assert ana.station._held_back

            async with asyncio.timeout(5.0):  # nothing else is due for longer
                await eventually(lambda: not ana.station._held_back)


async def test_a_circle_left_while_the_radio_is_set_anew_runs_no_more(tmp_path: Path) -> None:
    ana = Linked(tmp_path, "Ana", Air(), circles=["One", "Two", "Three"])
    one, two, three = (circle.id for circle in ana.ledger.circles.all())
    stop = ana.link.stop
    left: list[CircleId] = []

    async def leave_another() -> None:
        if not left:
            left.append(one)
            ana.ledger.circles.forget(one)
            ana.station.note_circles()
        await stop()

    async with running(ana):
        ana.link.stop = leave_another  # type: ignore[method-assign]
        ana.ledger.circles.forget(two)
        ana.station.note_circles()

        await eventually(lambda: list(ana.station._running) == [three])


async def test_a_turn_that_fails_is_not_tried_again_at_once(tmp_path: Path) -> None:
    ana = Linked(tmp_path, "Ana", Air(), circles=["Solo"])
    async with running(ana):
        ana.link.turn(LinkState.LOST)
        await asyncio.sleep(0.5)
        tried = []

        async def fail() -> None:
            tried.append(1)
            ana.station._reported_at = 0.0  # long ago, so that a look whether it is over is due at once
            raise LedgerError("The disk does not answer.")

        ana.station._set_trouble("The disk does not answer.")
        ana.station._turn = fail  # type: ignore[method-assign]
        ana.station.note_circles()
        await asyncio.sleep(1.0)

        assert 1 <= len(tried) <= 3
