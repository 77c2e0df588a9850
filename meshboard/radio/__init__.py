"""Links to real nodes: the only place that knows the `meshtastic` package.

`factory.open_link` opens a link, `channel_setup.ensure_channels` prepares a node, `discovery.find_nodes`
finds one.

The package loads `requests` to look on the internet whether it is the newest one. meshboard never asks it to,
so that and the 60 modules behind it, 6 MiB, are loaded only if somebody does.
"""

import sys
from importlib import import_module
from types import ModuleType


def _load_when_used(name: str) -> None:
    """Let a module that is not loaded yet be loaded by the first who uses anything of it.

    Not by `importlib.util.LazyLoader`: up to Python 3.11 the import statement itself counts as use there.
    """
    if name in sys.modules:
        return
    stand_in = sys.modules[name] = ModuleType(name)

    def load(attribute: str) -> object:
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        found: object = getattr(import_module(name), attribute)
        return found

    setattr(stand_in, "__getattr__", load)  # noqa: B010 -- PEP 562; mypy takes it for a method


_load_when_used("requests")
