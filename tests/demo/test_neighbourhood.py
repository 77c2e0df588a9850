"""The demonstration without screens: real stations and the real client on the virtual mesh, hurried along."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from meshboard.demo.agenda import Agenda
from meshboard.demo.cast import NEWCOMER
from meshboard.demo.neighbourhood import Neighbourhood
from meshboard.demo.run import living
from meshboard.demo.script import Script
from meshboard.domain.commands import PublishPost
from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.domain.standing import PostState
from meshboard.domain.views import BoardQuery, PostView
from meshboard.station.board.service import Service
from meshboard.station.home.host import Host
from meshboard.trust.circle import RadioPlan

Found = TypeVar("Found")
HURRY = 20.0
PATIENCE_S = 90.0  # several times what it takes: the machine may be busy


async def until(look: Callable[[], Found | None]) -> Found:
    async with asyncio.timeout(PATIENCE_S):
        while not (found := look()):  # noqa: ASYNC110 -- several boards, of which none says when all agree
            await asyncio.sleep(0.1)
    return found


def need(text: str, urgency: Urgency = Urgency.CRITICAL) -> PostContent:
    return PostContent(PostKind.NEED, Category.WATER, urgency, text)


def found_at(boards: Mapping[str, Service], words: str) -> Sequence[PostView]:
    """Return the posts with these words, of every board that has one."""
    return [post for board in boards.values() for post in board.board(BoardQuery(text=words)).posts]


def what_they_say(boards: Mapping[str, Service]) -> Sequence[dict[bytes, str]]:
    """Return what each board says of every post: equal exactly where the stations agree."""
    query = BoardQuery(live_only=False)
    return [
        {
            post.id: f"{post.standing.state} {[claim.standing.state for claim in post.claims]}"
            for post in posts
        }
        for posts in (board.board(query).posts for board in boards.values())
    ]


def threads() -> set[str]:
    # The library's own publishing thread is one for the whole process and waits for the next client.
    return {thread.name for thread in threading.enumerate() if thread.name != "publishing"}


def test_the_board_is_lively_and_alike_everywhere_before_anything_is_sent(tmp_path: Path) -> None:
    place = Neighbourhood(tmp_path, seed=3)

    hosts = {name: Host(home) for name, home in place.homes.items()}
    boards = {name: host.open() for name, host in hosts.items()}
    posts = boards[NEWCOMER].board(BoardQuery()).posts
    known = what_they_say(boards)
    for host in hosts.values():
        host.close()

    assert len(posts) >= 15
    assert posts == tuple(sorted(posts, key=lambda post: (-post.content.urgency, -(post.posted_at or 0))))
    assert "Welcome" in posts[0].content.text
    assert {PostState.OPEN, PostState.CLAIMED} <= {post.standing.state for post in posts}
    assert any(post.who.via for post in posts)
    assert all(board == known[0] for board in known)


@pytest.mark.slow
async def test_what_the_newcomer_needs_is_taken_on_and_every_station_agrees(tmp_path: Path) -> None:
    place = Neighbourhood(tmp_path, plan=RadioPlan(preset="SHORT_SLOW"), speed=HURRY, seed=1)
    agenda = Agenda(HURRY)
    await place.start()
    board = await place.newcomer.start()
    happening = asyncio.create_task(agenda.run())
    Script(place, agenda).begin()

    mine = board.run(PublishPost(actor=board.me.actor, content=need("two jugs of water for the porch")))
    place.handhelds[0].text("need water 5 gal @ninth&test")
    await until(lambda: [post for post in found_at(place.boards, "porch") if post.claims])
    happening.cancel()
    claims = await until(lambda: board.post(mine.id).claims)
    from_handheld = await until(lambda: found_at({NEWCOMER: board}, "ninth&test"))
    boards = {**place.boards, NEWCOMER: board}
    await until(lambda: len({str(sorted(known.items())) for known in what_they_say(boards)}) == 1)
    await place.stop()

    assert claims[0].who.name in place.homes
    assert not claims[0].who.is_me
    assert str(from_handheld[0].who) == "Bea (through Elm St kitchen)"


@pytest.mark.slow
async def test_stopping_leaves_no_task_no_thread_and_no_open_port(tmp_path: Path) -> None:
    before = threads()
    async with living(Neighbourhood(tmp_path, speed=HURRY, seed=2), pace=HURRY) as place:
        board = await place.newcomer.start()
        await until(lambda: board.status().link == "connected")
        addresses = place.mesh.addresses

    await until(lambda: threads() <= before)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    for host, port in addresses:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(host, port)
