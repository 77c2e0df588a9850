"""Every target there is."""

from pathlib import Path

from tests.fuzz.files import files
from tests.fuzz.on_air import on_air
from tests.fuzz.stations import stations
from tests.fuzz.target import Target
from tests.fuzz.typed import typed

IN_MEMORY = Path("/dev/shm")  # where there is one: the slow targets open files thousands of times


def all_targets(scratch: Path) -> tuple[Target, ...]:
    """Return the targets; some make files below `scratch`, an empty folder."""
    return (*on_air(), *typed(scratch), *files(scratch / "files"), *stations(scratch))
