"""Runs the app on a real ledger without a radio, and lets neighbours' entries arrive."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from pathlib import Path

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Static

from meshboard.domain.commands import PublishPost
from meshboard.domain.posts import Category, PostContent, PostKind, Quantity, Urgency
from meshboard.domain.views import PostView
from meshboard.ledger.ledger import Ledger
from meshboard.station.board.service import Service
from meshboard.station.home.host import Host
from meshboard.station.vault.vault import LEDGER_FILE
from meshboard.ui.app import MeshboardApp

Running = Pilot[str]

LONGEST_WAIT_S = 30  # a machine that does much else is slow, not wrong


def content(
    text: str = "water for the shelter",
    *,
    kind: PostKind = PostKind.NEED,
    category: Category = Category.WATER,
    urgency: Urgency = Urgency.NORMAL,
    amount: int | None = None,
) -> PostContent:
    quantity = Quantity(Decimal(amount), "gal") if amount else None
    return PostContent(kind, category, urgency, text, quantity)


def new_home(home: Path, name: str, code: str | None = None, circle: str = "Oak Street") -> Host:
    """Return a host that has done its first start."""
    home.mkdir()
    host = Host(home)
    host.begin(name, "none", new_circle=None if code else circle, code=code)
    return host


def publish(service: Service, *contents: PostContent) -> list[PostView]:
    """Put posts up as the service's own member."""
    return [service.run(PublishPost(actor=service.me.actor, content=one)) for one in contents]


def put_up(home: Path, *contents: PostContent) -> list[PostView]:
    """Put posts up at a home while no app runs."""
    host = Host(home)
    posts = publish(host.open(), *contents)
    host.close()
    return posts


def hand_over(source: Path, target: Path) -> None:
    """Copy every entry of one ledger to another, as the mesh would."""
    with (
        Ledger.open(source / LEDGER_FILE, checked=False) as held,
        Ledger.open(target / LEDGER_FILE, checked=False) as other,
    ):
        store = held.store(held.circles.all()[0].id)
        for log, holdings in store.holdings().items():
            other.append(store.entries(log, 1, holdings.count), None)


def app_on(home: Path, size: tuple[int, int] = (80, 24)) -> AbstractAsyncContextManager[Running]:
    """Return the running app of a home."""
    return MeshboardApp(Host(home)).run_test(size=size)


def service_of(pilot: Running) -> Service:
    """Return the service behind a running app."""
    assert isinstance(pilot.app, MeshboardApp)
    return pilot.app.service


async def until(pilot: Running, is_so: Callable[[], bool]) -> None:
    """Let the app run until something is so."""
    async with asyncio.timeout(LONGEST_WAIT_S):
        while not is_so():
            await pilot.pause(0.02)


def type_ahead(pilot: Running, *keys: str) -> None:
    """Press keys as a terminal delivers them, without waiting for the screen between them."""
    for key in keys:
        is_letter = len(key) == 1
        pilot.app.post_message(
            events.Key(_character_to_key(key) if is_letter else key, key if is_letter else None)
        )


def shown(pilot: Running, widget: str) -> str:
    """Return the words a static part of the screen shows."""
    return str(pilot.app.screen.query_one(widget, Static).render())


def one_line(pilot: Running) -> str:
    """Return the words on the screen without line breaks and frames."""
    return " ".join(word for word in screen_text(pilot).split() if word not in ("│", "┃"))


def screen_text(pilot: Running) -> str:
    """Return the whole screen as plain lines."""
    screen = pilot.app.screen
    strips = screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)
