"""Draws the house that the modules of meshboard make, and holds docs/architecture.md to it.

`python -m tools.house` says what is wrong; with `--write` the map's lists of modules are written anew.
"""

import ast
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAP = ROOT / "docs" / "architecture.md"
WINGS = ("sync", "station", "ledger")
"""Packages that have rooms, whose every module is in the map."""
SUBJECTS = ("cli", "ui.screens")
"""Rooms whose files have the name of what their commands or their screen are about."""
MAX_FILES = 14  # side by side in one room
PLAIN = frozenset((Path(__file__).parent / "plain_words.txt").read_text(encoding="utf-8").split())
"""Words of module names that need no glossary: plain English, and names known everywhere."""

FILE_ENDINGS = (".toml", ".key", ".lock", ".log", ".sqlite", ".tally")
"""What looks like a module's name in a document and is a file of a home folder."""

Graph = Mapping[str, Collection[str]]


@cache
def modules() -> Mapping[str, Path]:
    """Return the file of each module and package, by its name below meshboard: "sync.engine"."""
    base = ROOT / "meshboard"
    return {_name(path.relative_to(base)): path for path in sorted(base.rglob("*.py"))}


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def rooms() -> Mapping[str, tuple[str, ...]]:
    """Return the modules that lie side by side in each room, without the rooms in it."""
    found: dict[str, tuple[str, ...]] = {}
    for name, path in modules().items():
        if path.name == "__init__.py":
            found.setdefault(name, ())
        else:
            room, _, module = name.rpartition(".")
            found[room] = (*found.get(room, ()), module)
    return found


@cache
def imports() -> Graph:
    """Return what each module imports, anywhere in its text: type checking and functions count."""
    return {
        name: frozenset(imported_in(path.read_text(encoding="utf-8"))) - {name}
        for name, path in modules().items()
    }


def imported_in(text: str) -> Iterator[str]:
    """Yield the modules of meshboard that a module's text imports."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (_below(alias.name) for alias in node.names if alias.name.startswith("meshboard."))
        elif isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("meshboard."):
            package = _below(node.module or "")
            inner = (f"{package}.{alias.name}".removeprefix(".") for alias in node.names)
            yield from (one if one in modules() else package for one in inner)


def _below(name: str) -> str:
    return name.removeprefix("meshboard").removeprefix(".")


def siblings(package: str) -> Graph:
    """Return which parts of a package, rooms and files, import which others of it."""
    found: dict[str, set[str]] = {}
    for name, imported in imports().items():
        part = _part(package, name)
        if part:
            found.setdefault(part, set()).update(filter(None, (_part(package, one) for one in imported)))
    return {part: others - {part} for part, others in found.items()}


def _part(package: str, name: str) -> str:
    inside = name if not package else name.removeprefix(f"{package}.") if name != package else ""
    return "" if package and inside == name else inside.partition(".")[0]


def circle_in(graph: Graph) -> list[str]:
    """Return the way around one circle, empty when there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))  # it calls what is imported a predecessor
    return []


def ways(one: str, other: str) -> list[str]:
    """Return which imports lead from a room or module to another."""
    return [
        f"{name} -> {imported}"
        for name, found in imports().items()
        for imported in sorted(found)
        if f"{name}.".startswith(f"{one}.".lstrip(".")) and f"{imported}.".startswith(f"{other}.".lstrip("."))
    ]


def shared_names() -> Mapping[str, list[str]]:
    """Return modules of one name in several rooms, but for those named after their subject."""
    found: dict[str, list[str]] = {}
    for room, names in rooms().items():
        for name in names if room not in SUBJECTS else ():
            found.setdefault(name, []).append(room)
    return {name: where for name, where in found.items() if len(where) > 1 and not name.startswith("__")}


def shared_classes() -> Mapping[str, list[str]]:
    """Return public classes of one name in several modules."""
    found: dict[str, list[str]] = {}
    for module, path in modules().items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(module)
    return {name: where for name, where in found.items() if len(where) > 1}


def full_rooms() -> list[str]:
    """Return the rooms with more files side by side than one looks over."""
    return [
        room for room, names in rooms().items() if room.partition(".")[0] in WINGS and len(names) > MAX_FILES
    ]


ROW = re.compile(r"^\| `([a-z_/.0-9]+)` \| (.*) \|$", re.MULTILINE)
NAMED = re.compile(r"`([a-z_0-9]+)`")


def mapped_rooms() -> Mapping[str, list[str]]:
    """Return the rooms in the map, as their modules' names, with the modules named beside them."""
    text = MAP.read_text(encoding="utf-8")
    return {row[1].replace("/", "."): NAMED.findall(row[2]) for row in ROW.finditer(text)}


def glossary() -> set[str]:
    """Return the words that the glossary explains."""
    words = re.findall(r"^\| ([^`|]+) \| ", MAP.read_text(encoding="utf-8"), re.MULTILINE)
    return {word for row in words for word in re.findall(r"[a-z0-9]+", row.lower())}


def unexplained() -> set[str]:
    """Return words in modules' names that are neither plain nor in the glossary, whatever their ending."""
    words = {word for name in modules() for word in re.split(r"[._]+", name) if word}
    known = glossary()
    return {word for word in words - PLAIN if not any(word.startswith(one.rstrip("ey")) for one in known)}


def misplaced() -> list[str]:
    """Return how the map's rooms and modules differ from the tree's."""
    wanted, told = rooms(), mapped_rooms()
    found = [f"no room: {room}" for room in told if room not in wanted]
    found += [f"not in the map: {room}" for room in wanted if room and room not in told]
    for room, names in wanted.items():
        listed = told.get(room, [])
        found += [f"no module: {room}.{name}" for name in listed if name not in names]
        found += [f"twice: {room}.{name}" for name in set(listed) if listed.count(name) > 1]
        if room.partition(".")[0] in WINGS:
            found += [f"not in the map: {room}.{name}" for name in names if name not in listed]
    return found


def lost() -> list[str]:
    """Return what documents name of meshboard that is not there; the map may leave out packages."""
    packages = "|".join(sorted({name.partition(".")[0] for name in modules()} - {""}))
    found = []
    for path in sorted((ROOT / "docs").rglob("*.md")):
        first = r"\w+" if path == MAP else packages
        named = re.compile(rf"`(?:meshboard\.)?((?:{first})(?:\.[A-Za-z_]\w*)+)(?:\(\))?`")
        names = named.findall(path.read_text(encoding="utf-8"))
        found += [
            f"{path.name}: {name}" for name in names if not name.endswith(FILE_ENDINGS) and _is_lost(name)
        ]
    return found


def _is_lost(name: str) -> bool:
    """Say whether no module ends like this, nor has in it what follows, and no class is called so."""
    parts = name.split(".")
    texts = {module: path.read_text(encoding="utf-8") for module, path in modules().items()}
    for cut in range(len(parts), 0 if parts[0].islower() else -1, -1):
        ending, rest = ".".join(["", *parts[:cut]]), parts[cut:]
        if any(f".{module}".endswith(ending) and _has(text, rest) for module, text in texts.items()):
            return False
    return True


def _has(text: str, names: Sequence[str]) -> bool:
    return all(re.search(rf"^\s*(?:(?:async )?def |class )?{name}\b", text, re.MULTILINE) for name in names)


def write_map() -> None:
    """Add to each row of the map the modules that it lacks."""

    def row(match: re.Match[str]) -> str:
        room = match[1].replace("/", ".")
        names = rooms().get(room, ()) if room.partition(".")[0] in WINGS else ()
        lacking = [f"`{name}`" for name in names if name not in NAMED.findall(match[2])]
        return f"| `{match[1]}` | {' '.join([match[2], *lacking])} |"

    MAP.write_text(ROW.sub(row, MAP.read_text(encoding="utf-8")), encoding="utf-8")


def faults() -> Iterator[str]:
    """Yield all that is wrong with the house, a line each."""
    if circle := circle_in(imports()):
        yield f"circle of modules: {' -> '.join(circle)}"
    for package in rooms():
        if circle := circle_in(siblings(package)):
            yield f"circle in {package or 'meshboard'}: {' -> '.join(circle)}"
            for one, other in pairwise(circle):
                yield from (f"    {way}" for way in ways(f"{package}.{one}", f"{package}.{other}"))
    yield from (f"too full: {room}" for room in full_rooms())
    yield from (f"one name, {name}, in {' and '.join(where)}" for name, where in shared_names().items())
    yield from (f"not in the glossary: {word}" for word in sorted(unexplained()))
    yield from misplaced()
    yield from (f"not there: {name}" for name in lost())


if __name__ == "__main__":
    if "--write" in sys.argv:
        write_map()
    sys.stdout.writelines(f"{fault}\n" for fault in faults())
