"""How often a station goes to its disk, and how much it does: counted on the real link of a virtual mesh."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import FrameType

from typer.testing import CliRunner

from meshboard.cli.root import app
from meshboard.domain.commands import PublishPost
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.domain.views import PostView
from meshboard.handheld.conversation import Conversation
from meshboard.link import TextHeard
from meshboard.sim.scenario import Scenario
from meshboard.sim.virtual_mesh import VirtualMesh
from meshboard.station.board.service import Service
from meshboard.station.circle.beginning import NewCircle
from meshboard.station.home.host import Host
from meshboard.trust.circle import RadioPlan
from meshboard.ui.app import MeshboardApp
from meshboard.ui.screens.board import BoardScreen
from tests.support.counting import CountingBetween, counting

MANY = 1_000  # trips
PATIENCE_S = 60.0  # a machine that does much else is slow, not wrong
IDLE_TURNS = 60  # looks while nothing is told, committed or due: a quarter of a minute
_TURN = "station/running/running.py:RunningStation._turn"


@asynccontextmanager
async def neighbours(
    folder: Path, preset: str = "SHORT_TURBO"
) -> AsyncIterator[tuple[VirtualMesh, Host, Host]]:
    """Give two homes of one circle, each with a post, on a mesh of three nodes; neither station runs yet."""
    mesh = VirtualMesh(Scenario.model_validate({"nodes": 3, "base_port": 0, "preset": preset}))
    await mesh.start()
    links = [f"tcp://{host}:{port}" for host, port in mesh.addresses]
    ana = Host(
        folder / "ana", links[0], respond=lambda board: Conversation(board, asyncio.get_running_loop().time)
    )
    ben = Host(folder / "ben", links[1])
    ana.begin("Ana", links[0], new_circle=NewCircle("Kitchen", RadioPlan(preset=preset)))
    ben.begin("Ben", links[1], code=ana.open().circle.make_invite(uses=0).code)
    try:
        yield mesh, ana, ben
    finally:
        await asyncio.gather(ana.stop(), ben.stop())
        await mesh.stop()


async def until_alike(ana: Service, ben: Service) -> None:
    """Wait until both know each other and each other's posts."""
    async with asyncio.timeout(PATIENCE_S):
        while not (_knows_all(ana) and _knows_all(ben)):  # noqa: ASYNC110 -- it comes by radio
            await asyncio.sleep(0.1)


def _knows_all(board: Service) -> bool:
    status, people = board.status(), board.circle.people()
    is_agreed = not status.to_send and all(station.agrees for station in status.stations)
    return is_agreed and len([person for person in people if person.is_member]) == 2


def _need(board: Service, text: str) -> PostView:
    content = PostContent(PostKind.NEED, Category.WATER, Urgency.NORMAL, text)
    return board.run(PublishPost(actor=board.me.actor, content=content))


@contextmanager
def watching(counter: CountingBetween) -> Iterator[CountingBetween]:
    before = sys.getprofile()
    sys.setprofile(counter)
    try:
        yield counter
    finally:
        sys.setprofile(before)


async def test_an_idle_turn_does_not_go_to_the_disk(tmp_path: Path) -> None:
    async with neighbours(tmp_path, "LONG_FAST") as (_, ana, _):
        _need(await ana.start(), "water for five")
        looks = CountingBetween(_looks_for_commits, _looks_for_commits)
        with watching(looks):
            async with asyncio.timeout(PATIENCE_S):
                while len(idle := [one for one in looks.costs if _TURN not in one.calls]) < IDLE_TURNS:  # noqa: ASYNC110
                    await asyncio.sleep(1.0)
        assert [one.trips for one in idle] == [[]] * len(idle)
        assert max(one.calls.total() for one in idle) <= 120


def _looks_for_commits(frame: FrameType) -> bool:
    return frame.f_code.co_qualname == "Database.may_have_changed"


async def test_a_refresh_of_the_board(tmp_path: Path) -> None:
    async with neighbours(tmp_path) as (_, ana, ben):
        other = await ben.start()
        _need(other, "water for five")
        async with MeshboardApp(ana).run_test() as pilot:
            assert isinstance(pilot.app, MeshboardApp)
            board = pilot.app.service
            _need(board, "water for six")
            await until_alike(board, other)
            screen = pilot.app.screen
            assert isinstance(screen, BoardScreen)
            with counting() as cost:
                screen.freshen()

            assert cost.trips[-1:] == ["BEGIN"]
            assert len(cost.trips) <= 4


async def test_a_claim_from_the_shell(tmp_path: Path) -> None:
    async with neighbours(tmp_path) as (_, ana, ben):
        board, other = await ana.start(), await ben.start()
        code = _need(other, "water for five").code
        await until_alike(board, other)
        with counting() as cost:
            said = CliRunner().invoke(app, ["--home", str(tmp_path / "ana"), "claim", code])

        assert said.exit_code == 0, said.output
        assert "BEGIN IMMEDIATE" in cost.trips
        assert len(cost.trips) <= 6


async def test_a_text_of_a_handheld_is_answered_in_eight_trips(tmp_path: Path) -> None:
    async with neighbours(tmp_path) as (mesh, ana, ben):
        board, other = await ana.start(), await ben.start()
        codes = [_need(other, f"water for {count}").code for count in ("two", "three", "four", "five", "six")]
        await until_alike(board, other)
        await ben.stop()  # what else is said meanwhile would be counted too
        texts = CountingBetween(_hears_a_text, _sends_a_text)
        handheld, cheapest = mesh.handheld(2), {"take": MANY, "show": MANY}
        with watching(texts):
            for code in codes:
                for verb, before in cheapest.items():
                    handheld.send_text(f"{verb} {code}", mesh.number(0))
                    await asyncio.wait_for(handheld.texts.get(), PATIENCE_S)
                    cheapest[verb] = min(before, len(texts.costs[-1].trips))
                if max(cheapest.values()) <= 8:
                    break

        # what goes out meanwhile is counted with a text, and not with each of the same kind
        assert max(cheapest.values()) <= 8


def _hears_a_text(frame: FrameType) -> bool:
    is_event = frame.f_code.co_qualname == "RunningStation._on_link_event"
    return is_event and isinstance(frame.f_locals["event"], TextHeard)


def _sends_a_text(frame: FrameType) -> bool:
    return frame.f_code.co_qualname == "MeshtasticLink.send_text"
