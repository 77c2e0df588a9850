"""A contact goes from one station to one other, over the air, and to nobody else: real processes."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.stations.processes import Station, neighbourhood, within

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DOOR = "third door left, ask for Noor"


async def until(seconds: float, ask: Callable[[], Awaitable[Any]]) -> Any:
    """Ask until the answer is true, and return it; fails after `seconds`."""
    clock = asyncio.get_running_loop().time
    started = clock()
    while not (answer := await ask()):
        assert clock() - started < seconds, answer
        await asyncio.sleep(0.3)
    return answer


def everything_in(station: Station) -> bytes:
    """Return every byte a station has written."""
    return b"".join(file.read_bytes() for file in sorted(station.home.rglob("*")) if file.is_file())


async def test_a_contact_is_read_by_the_helper_alone_even_after_a_power_cut(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, ["Ana", "Ben", "Cam"], preset="SHORT_FAST") as (_, (ana, ben, cam)):
        await asyncio.gather(ana.up(), ben.up(), cam.up())
        out = await ana.ok("post", "need", "insulin", "--contact", "--json", typed=DOOR + "\n")
        code = json.loads(out[out.index("{") :])["code"]
        await asyncio.gather(within(120, ben, "insulin"), within(120, cam, "insulin"))
        await ben.ok("claim", code)
        await until(120, lambda: ana.claims(code))

        await ana.kill()  # the claim's key may be here or not: handing over must not depend on it
        await ana.ok("accept", code)
        await ana.up()

        async def text() -> Any:
            return (await ben.json("show", code))["contact"]["text"]

        assert await until(150, text) == DOOR

        async def readers() -> Any:
            handed = (await cam.json("show", code))["contact"]["handed_to"]
            return [reader["station"] for reader in handed] == [
                "Ben"
            ]  # its name may come later than the rest

        assert await until(120, readers)
        assert (await cam.json("show", code))["contact"]["text"] is None
        assert DOOR.encode() not in everything_in(ben)
        assert DOOR.encode() not in everything_in(cam)

        await ana.ok("confirm", code)

        async def is_gone() -> Any:
            return (await ben.json("show", code))["contact"]["text"] is None

        await until(150, is_gone)
        await asyncio.gather(ana.down(), ben.down(), cam.down())
        assert [DOOR.encode() in everything_in(station) for station in (ana, ben, cam)] == [False] * 3
