"""No command takes a secret as an argument: shells remember those, and other processes see them."""

import re
from collections.abc import Callable, Iterator
from typing import Annotated, get_type_hints

import typer

from meshboard.cli.root import app

SUSPICIOUS = re.compile(r"code|pass|contact|key|secret|invite|pin\b|token|letters|seed|again", re.IGNORECASE)

# What is called so and is no secret, and why.
ALLOWED = {
    "edit code": "a post's code, which everybody in the circle sees",
    "claim code": "as in edit",
    "release code": "as in edit",
    "deliver code": "as in edit",
    "confirm code": "as in edit",
    "accept code": "as in edit",
    "withdraw code": "as in edit",
    "note code": "as in edit",
    "show code": "as in edit",
    "void-code code": "as in edit",
    "flag code": "as in edit",
    "mute code": "as in edit",
    "unmute code": "as in edit",
    "unflag code": "as in edit",
    "circle invite again": "the letters that name an invite in lists: made of its public half",
    "circle void letters": "as in circle invite --again",
    "wipe from_handheld": "a node's public key; the code that goes with it is asked for",
}


def parameters(of: typer.Typer = app, path: str = "") -> Iterator[tuple[str, object]]:
    """Return every parameter of every command with its path, and its type."""
    if of.registered_callback and of.registered_callback.callback:
        yield from _parameters_of(of.registered_callback.callback, path)
    for command in of.registered_commands:
        assert command.callback
        yield from _parameters_of(command.callback, f"{path} {command.name or _said(command.callback)}")
    for group in of.registered_groups:
        assert group.typer_instance
        yield from parameters(group.typer_instance, f"{path} {group.name}")


def _parameters_of(callback: Callable[..., object], path: str) -> Iterator[tuple[str, object]]:
    for name, kind in get_type_hints(callback).items():
        if name not in ("context", "return"):
            yield f"{path} {name}".strip(), kind


def _said(callback: Callable[..., object]) -> str:
    return callback.__name__.replace("_", "-")


def looks_secret(name: str, kind: object) -> bool:
    """Say whether words are typed there, and its name is that of a secret."""
    return kind in (str, str | None, list[str], list[str] | None) and bool(
        SUSPICIOUS.search(name.rpartition(" ")[2])
    )


def test_no_parameter_takes_a_secret() -> None:
    found = {name for name, kind in parameters() if looks_secret(name, kind)}

    assert found - ALLOWED.keys() == set(), "ask for it, or read it from a descriptor: cli.secrets"


def test_the_whole_tree_is_walked() -> None:
    names = {name for name, _ in parameters()}

    assert {"passphrase_fd", "post words", "circle join code_fd", "lock use-key-file path"} <= names


def test_a_secret_parameter_would_be_found() -> None:
    broken, group = typer.Typer(), typer.Typer()

    def leak(
        pick_up_code: str, passphrase: Annotated[str | None, typer.Option()] = None, fd: int = 0
    ) -> None: ...

    group.command()(leak)
    broken.add_typer(group, name="door")
    found = {name for name, kind in parameters(broken) if looks_secret(name, kind)}
    assert found == {"door leak pick_up_code", "door leak passphrase"}
