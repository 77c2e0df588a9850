import asyncio

from meshboard.demo.agenda import Agenda
from meshboard.errors import RuleError


async def test_things_happen_in_order_of_time_not_of_adding() -> None:
    agenda, happened, is_over = Agenda(), list[str](), asyncio.Event()
    agenda.add(0.03, is_over.set)
    agenda.add(0.02, lambda: happened.append("later"))
    agenda.add(0.01, lambda: happened.append("sooner"))

    running = asyncio.create_task(agenda.run())
    await is_over.wait()
    running.cancel()

    assert happened == ["sooner", "later"]


async def test_somebody_who_stumbles_stops_nobody_else() -> None:
    def refused() -> None:
        raise RuleError("You already carry it.")

    def stumble() -> None:
        raise ValueError

    agenda, is_over = Agenda(), asyncio.Event()
    agenda.add(0, refused)
    agenda.add(0, stumble)
    agenda.add(0, is_over.set)

    running = asyncio.create_task(agenda.run())
    await is_over.wait()
    running.cancel()

    assert is_over.is_set()


async def test_a_faster_pace_brings_everything_sooner() -> None:
    agenda, is_over = Agenda(pace=1000), asyncio.Event()
    agenda.add(600, is_over.set)

    running = asyncio.create_task(agenda.run())
    async with asyncio.timeout(60):
        await is_over.wait()
    running.cancel()

    assert is_over.is_set()
