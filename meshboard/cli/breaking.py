"""What is said when meshboard itself is wrong: where it broke, and nothing that people wrote."""

import sys
import traceback
from collections.abc import Iterator

BROKEN = (
    "Something in meshboard broke. What was posted is stored. Please report the lines below; "
    "none of what people wrote is in them."
)
EXIT_CODE = 70  # sysexits.h, EX_SOFTWARE


def report_break(error: BaseException) -> None:
    """Print on stderr where an unexpected error came from; its words are left out, they may be people's."""
    print(BROKEN, *_lines_of(error), sep="\n", file=sys.stderr)


def _lines_of(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _lines_of(cause)
        yield "which led to:"
    yield from (line.rstrip() for line in traceback.format_tb(error.__traceback__))
    yield type(error).__qualname__
