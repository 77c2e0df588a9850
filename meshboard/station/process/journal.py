"""The journal: diagnostic output for whoever looks after a station; never people's words."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

JOURNAL_FILE = "journal.log"
_MAX_BYTES = 1_000_000  # two files of this size hold weeks of a kiosk's journal
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _JournalFile(RotatingFileHandler):
    """The journal's file; what cannot be written is let go: its folder was wiped, or the disk is full."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 -- the name `logging` calls
        """Pass over a line that could not be written."""


@contextmanager
def keep_journal(home: Path, *, on_screen: bool) -> Iterator[None]:
    """Meanwhile write the journal to a file in the station's home and, if `on_screen`, to stderr as well.

    Only our own loggers are kept: libraries log packets, and packets hold people's words.
    """
    ours = logging.getLogger("meshboard")
    ours.setLevel(logging.INFO)
    ours.propagate = False
    silence = logging.NullHandler()  # without one, Python prints libraries' warnings on stderr
    logging.getLogger().addHandler(silence)
    handlers: list[logging.Handler] = []
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        handlers.append(_JournalFile(home / JOURNAL_FILE, maxBytes=_MAX_BYTES, backupCount=1, delay=True))
    except OSError:
        on_screen = True
    if on_screen:
        handlers.append(logging.StreamHandler(sys.stderr))
    for handler in handlers:
        handler.setFormatter(logging.Formatter(_FORMAT))
        ours.addHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            ours.removeHandler(handler)
            handler.close()
        logging.getLogger().removeHandler(silence)
        ours.propagate = True


def fall_silent() -> None:
    """Write nothing to the file any more: the home it is in was wiped."""
    ours = logging.getLogger("meshboard")
    for handler in list(ours.handlers):
        if isinstance(handler, RotatingFileHandler):
            ours.removeHandler(handler)
            handler.close()
