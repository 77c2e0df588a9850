"""The app as it is, with a worker that breaks while people's words lie in its variables and errors."""

import asyncio
import sys
from pathlib import Path
from typing import ClassVar

import meshboard.ui.app
from meshboard.station.home.host import Host
from meshboard.ui.app import MeshboardApp


class Crashing(MeshboardApp):
    """Breaks soon after it was drawn."""

    CSS_PATH: ClassVar[str] = str(Path(meshboard.ui.app.__file__).with_name("meshboard.tcss"))
    said = ""

    async def on_mount(self) -> None:
        """Begin as ever, then break."""
        self.run_worker(self._fail(self.said))

    async def _fail(self, said: str) -> None:
        await asyncio.sleep(0.3)
        try:
            int(said)
        except ValueError as error:
            raise LookupError(said) from error


if __name__ == "__main__":
    app, kept = Crashing(Host(Path(sys.argv[1]))), Path(sys.argv[2])
    app.said = kept.read_text()
    kept.unlink()
    sys.exit(app.run() or 1)
