"""The agenda: what is going to happen, in order of time."""

import asyncio
import heapq
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from meshboard.errors import RuleError

_log = logging.getLogger("meshboard.demo")


@dataclass(order=True, slots=True)
class _Item:
    at: float
    order: int
    action: Callable[[], None] = field(compare=False)


class Agenda:
    """Runs actions when their time has come; one that fails goes to the journal and stops nothing else."""

    def __init__(self, pace: float = 1.0) -> None:
        """Begin empty; everything happens `pace` times as soon as it says."""
        self._pace = pace
        self._items: list[_Item] = []
        self._order = count()
        self._added = asyncio.Event()

    def add(self, in_s: float, action: Callable[[], None]) -> None:
        """Let an action happen `in_s` seconds from now."""
        at = asyncio.get_running_loop().time() + in_s / self._pace
        heapq.heappush(self._items, _Item(at, next(self._order), action))
        self._added.set()

    async def run(self) -> None:
        """Let things happen until cancelled."""
        while True:
            await self._wait()
            if self._items and self._items[0].at <= asyncio.get_running_loop().time():
                _do(heapq.heappop(self._items).action)

    async def _wait(self) -> None:
        self._added.clear()
        wait_s = self._items[0].at - asyncio.get_running_loop().time() if self._items else None
        try:
            await asyncio.wait_for(self._added.wait(), wait_s)
        except TimeoutError:
            return


def _do(action: Callable[[], None]) -> None:
    try:
        action()
    except RuleError:
        return  # somebody else was quicker, as happens among neighbours
    except Exception:  # noqa: BLE001 -- the boundary of the neighbours: none of them may take the screens down
        _log.exception("a neighbour stumbled")
