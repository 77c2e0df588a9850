"""Takes the README's pictures from the live demonstration: `python -m tests.ui.pictures docs/pictures`."""

import asyncio
import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from textual.pilot import Pilot

from meshboard.demo.neighbourhood import Neighbourhood
from meshboard.demo.run import BANNER, living
from meshboard.domain.views import BoardQuery
from meshboard.ui.app import MeshboardApp

LIVE_S = 25.0  # long enough for the neighbours to have said something new
FONT_FROM_THE_NET = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)  # a picture must fetch nothing


async def take_pictures(folder: Path) -> None:
    """Let the neighbourhood live a while, then walk through the screens."""
    with TemporaryDirectory() as home:
        async with living(Neighbourhood(Path(home))) as place:
            app = MeshboardApp(place.newcomer, banner=BANNER)
            async with app.run_test(size=(100, 30)) as pilot:
                await asyncio.sleep(LIVE_S)
                await _walk(app, pilot, folder)


async def _walk(app: MeshboardApp, pilot: Pilot[str], folder: Path) -> None:
    _save(app, folder / "board.svg")
    posts = app.service.board(BoardQuery()).posts
    telling = next(at for at, post in enumerate(posts) if post.claims and post.content.text.isascii())
    await pilot.press(*["down"] * telling, "enter")
    await pilot.pause()
    _save(app, folder / "post.svg")
    await pilot.press("escape", "n")
    await pilot.press(*"Somebody to walk an old dog before work, this week")
    await pilot.pause()
    _save(app, folder / "new-post.svg")
    await pilot.press("escape", "y", "s")
    await pilot.pause()
    _save(app, folder / "mesh.svg")
    await pilot.press("escape", "escape", "i")
    await pilot.pause()
    _save(app, folder / "circle.svg")
    await pilot.press("i", "enter")
    await pilot.pause()
    _save(app, folder / "invite.svg")


def _save(app: MeshboardApp, path: Path) -> None:
    picture = FONT_FROM_THE_NET.sub("", app.export_screenshot(title=path.stem.replace("-", " ")))
    path.write_text(picture.replace("Fira Code", "monospace"), encoding="utf-8")


if __name__ == "__main__":
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    asyncio.run(take_pictures(Path(sys.argv[1])))
