"""Only the virtual device knows the meshtastic package; the mesh below it is plain Python."""

import ast
from pathlib import Path

SIM = Path(__file__).parents[2] / "meshboard" / "sim"


def imported_packages(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


def test_no_module_outside_the_device_imports_meshtastic() -> None:
    offenders = [path.name for path in SIM.glob("*.py") if "meshtastic" in imported_packages(path)]

    assert offenders == []


def test_the_mesh_needs_no_event_loop_and_no_clock() -> None:
    pure = ("airwaves", "flood", "lora_frame", "mesh", "radio", "scenario")
    found = set().union(*(imported_packages(SIM / f"{name}.py") for name in pure))

    assert found & {"asyncio", "socket", "time"} == set()
