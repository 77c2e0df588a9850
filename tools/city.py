"""Write the scenario of a city: neighbourhoods that hear a little of each other, each with its own circle.

`python -m tools.city FOLDER` writes `city.toml` (20 neighbourhoods, 1,000 nodes, 200 stations in 20
circles) and `neighbourhood.toml`, one of them alone: what a node of the city sends is compared with what it
would send if there were no others.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from meshboard.sim.mesh import edges_of_grid

CITY = (5, 4)
ALONE = (1, 1)
COLUMNS, ROWS = 10, 5  # of nodes in one neighbourhood
NODES = COLUMNS * ROWS
STATION_COLUMNS = (2, 6)  # in each row; a frame of hop limit 3 goes four columns
LINKED_ROWS, LINKED_COLUMNS = (1, 3), (3, 6)  # two nodes on each side hear the next neighbourhood
LINK_SNR_DB = -5.0  # across a main road or a hill, well below the 0 dB of a diagonal
HOURS, TALK_UNTIL_H = 3.0, 2.0
POSTS, CLAIM_ENTRIES = 15, 30  # of each circle: an hour's share of live-8, twice


def city_text(size: tuple[int, int], name: str) -> str:
    """Return the scenario of so many neighbourhoods, (across, down), as TOML."""
    across, down = size
    count = across * down
    circles = [_stations(neighbourhood) for neighbourhood in range(count)]
    stations = sorted(station for circle in circles for station in circle)
    lines = [
        f"# {count} neighbourhoods of {NODES} nodes, each with a circle of {len(circles[0])} stations.",
        f'name = "{name}"',
        f"hours = {HOURS}",
        f"nodes = {count * NODES}",
        "loss = 0.1",
        f"stations = {stations}",
        f"circles = {circles}",
        "edges = [",
        *(f"  [{one}, {other}, {snr_db}]," for one, other, snr_db in _edges(across, down)),
        "]",
    ]
    for circle in circles:
        lines += _traffic("posts", POSTS, circle) + _traffic("claims", CLAIM_ENTRIES, circle)
    return "\n".join(lines) + "\n"


def write_city(folder: Path) -> tuple[Path, Path]:
    """Write the city and one neighbourhood of it into a folder; return where they are."""
    city, alone = folder / "city.toml", folder / "neighbourhood.toml"
    city.write_text(city_text(CITY, "city"), encoding="utf-8")
    alone.write_text(city_text(ALONE, "neighbourhood"), encoding="utf-8")
    return city, alone


def _stations(neighbourhood: int) -> list[int]:
    first = neighbourhood * NODES
    return [first + row * COLUMNS + column for row in range(ROWS) for column in STATION_COLUMNS]


def _edges(across: int, down: int) -> Iterator[tuple[int, int, float]]:
    within = edges_of_grid(COLUMNS, ROWS)
    for place in range(across * down):
        first = place * NODES
        yield from ((first + one, first + other, snr_db) for (one, other), snr_db in within.items())
        if (place + 1) % across:
            for row in LINKED_ROWS:
                yield first + row * COLUMNS + COLUMNS - 1, first + NODES + row * COLUMNS, LINK_SNR_DB
        if place + across < across * down:
            below = first + across * NODES
            for column in LINKED_COLUMNS:
                yield first + (ROWS - 1) * COLUMNS + column, below + column, LINK_SNR_DB


def _traffic(kind: str, count: int, circle: list[int]) -> list[str]:
    table = [f'kind = "{kind}"', f"count = {count}", f"stations = {circle}", f"to_h = {TALK_UNTIL_H}"]
    return ["", "[[traffic]]", *table]


if __name__ == "__main__":
    for written in write_city(Path(sys.argv[1] if len(sys.argv) > 1 else ".")):
        print(written)
