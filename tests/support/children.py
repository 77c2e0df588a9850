"""Child processes, for what has to hold when one is killed, or when several write at once."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def killed_child(act: Callable[[], object]) -> Iterator[None]:
    """Run `act` in a child process meanwhile, and kill that at the end (SIGKILL), however far it came."""
    child = _forked(act)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def run_in_children(*acts: Callable[[], object]) -> list[int]:
    """Run each in a child process of its own, all at once, to their ends.

    Returns what `os.waitpid` says of each: 0 when it came to its end, the signal's number when it was killed.
    """
    return [os.waitpid(child, 0)[1] for child in [_forked(act) for act in acts]]


def _forked(act: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)  # without what pytest would do at the end of a process
    return child
