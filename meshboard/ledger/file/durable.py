"""Files that are there whole or not at all, and files that are gone as far as the disk allows."""

import os
from contextlib import suppress
from pathlib import Path

from meshboard.errors import LedgerError
from meshboard.ledger.file.failures import disk_failure
from meshboard.ledger.file.files import new_draft_of

_BLOCK_BYTES = 1 << 20


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in place in one step, on the disk when this returns; LedgerError if the disk fails."""
    draft = write_draft(path, content)
    try:
        put_in_place(draft, path)
    except OSError as error:
        raise unwritable(path, error) from error


def write_draft(path: Path, content: bytes) -> Path:
    """Write what shall stand at `path` beside it, for its owner only, and return where."""
    draft = new_draft_of(path)
    try:
        number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise unwritable(path, error) from error
    return draft


def put_in_place(draft: Path, path: Path) -> None:
    """Give a complete file its name, in place of what had it, so that a power cut leaves one of the two."""
    sync_file(draft)
    draft.replace(path)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Wait until a file is on the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def sync_folder(folder: Path) -> None:
    """Wait until names in a folder are on the disk; some file systems of sticks cannot, and need not."""
    with suppress(OSError):
        sync_file(folder)


def destroy(path: Path) -> bool:
    """Overwrite a file, then remove it; say whether it was there. What flash keeps, nobody can reach.

    A file with another name as well only loses this one, and is not even opened: under the other it may be in
    use, and closing it here would give up this process's locks on it (sqlite.org/howtocorrupt.html, 2.2).
    Raises OSError when it can neither be overwritten nor removed.
    """
    try:
        if path.lstat().st_nlink > 1:
            path.unlink()
            return True
        number = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    except OSError:
        path.unlink()  # not writable, or a link: its name can go all the same
        return True
    try:
        _overwrite(number)
    finally:
        os.close(number)
        with suppress(FileNotFoundError):
            path.unlink()
        sync_folder(path.parent)
    return True


def unwritable(path: Path, error: OSError) -> LedgerError:
    """Return the error for a file in a home that the system did not let us write."""
    return disk_failure(path, error, "Check the folder and the disk.")


def _overwrite(number: int) -> None:
    left = os.fstat(number).st_size
    while left > 0:
        left -= os.write(number, os.urandom(min(left, _BLOCK_BYTES)))
    os.fsync(number)
