"""Circles with real processes on a virtual mesh: somebody joins, and is taken out again."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.stations.processes import Station, neighbourhood, within

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
PATIENCE_S = 120  # on LONG_FAST, and on machines with other things to do


async def people(station: Station) -> dict[str, bool]:
    """Return who is known at a station, and who of them is a member."""
    return {one["name"]: one["is_member"] for one in await station.json("circle", "people")}


async def until(ask: Callable[[], Awaitable[Any]], is_so: Callable[[Any], object]) -> None:
    """Ask a station again and again until its answer is as it should be."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so(await ask()):  # noqa: ASYNC110 -- in other processes
            await asyncio.sleep(0.5)


async def test_who_was_taken_out_reads_nothing_later_and_the_others_go_on(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, ["Ana", "Ben", "Cy"], preset="SHORT_FAST") as (_, stations):
        ana, ben, cy = stations
        for station in stations:
            await station.up()
        await ana.ok("post", "need", "first", "-u", "critical")
        for station in (ben, cy):
            await within(PATIENCE_S, station, "first")
        await until(lambda: people(ana), lambda known: list(known.values()) == [True] * 3)

        await ana.ok("circle", "remove", "Cy", "--yes")
        await until(
            lambda: ben.json("circle", "show"),
            lambda shown: shown["key_state"] == "in use" and shown["epoch"],
        )
        await until(lambda: cy.json("circle", "show"), lambda shown: shown["removed_by"])
        await ben.ok("post", "need", "second", "-u", "critical")
        await within(PATIENCE_S, ana, "first", "second")
        await ana.ok("post", "need", "third", "-u", "critical")
        await within(PATIENCE_S, ben, "first", "second", "third")

        assert await cy.texts() == {"first"}
        await until(lambda: people(ben), lambda known: known == {"Ana": True, "Ben": True, "Cy": False})
        assert "taken out of this circle by Ana" in (await cy.json("status"))["circle_detail"]
