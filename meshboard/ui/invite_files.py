"""Invites as files: written so that only their owner can read them, read with a limit."""

import os
import re
from pathlib import Path

from meshboard.errors import RuleError

MOST_BYTES = 16_384  # an invite's file has about 500 letters; whatever is far longer is something else
_ONLY_IN_PATHS = "/\\.~"
_CODE = re.compile(r"meshboard:|[0-9a-z]{40}|([0-9a-z]{6}[- ]*){5}", re.IGNORECASE)  # longer than any name


def is_path(typed: str) -> bool:
    """Say whether what was typed is the name of a file; codes have only letters, digits, spaces, - and :."""
    return any(sign in typed for sign in _ONLY_IN_PATHS)


def seems_invite(typed: str) -> bool:
    """Say whether what was typed as a name is rather an invite: a file, or five groups of a code."""
    words = typed.strip()
    if _CODE.match(words) or words.startswith(("/", "~/", "./", "../")):
        return True
    return is_path(words) and Path(words).is_file()


def read_invite_text(typed: str) -> str:
    """Return the text of the invite that was typed: a code as it is, or what the file of that name says."""
    if not is_path(typed):
        return typed
    path = Path(typed).expanduser()
    try:
        with path.open("rb") as file:
            held = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise RuleError(
            f"{path} cannot be read: {error.strerror}. Type the whole path of the file."
        ) from error
    if len(held) > MOST_BYTES:
        raise RuleError(f"{path} is far too long to be an invite.")
    return held.decode("utf-8", errors="replace")


def write_invite_file(typed: str, text: str) -> Path:
    """Write an invite to a new file that only its owner may read; RuleError when that cannot be done."""
    if not typed.strip():
        raise RuleError("Type where to write it.")
    path = Path(typed.strip()).expanduser()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
    except FileExistsError as error:
        raise RuleError(f"There is a {path} already. Choose another name.") from error
    except OSError as error:
        raise RuleError(f"{path} cannot be written: {error.strerror}. Choose another place.") from error
    return path
