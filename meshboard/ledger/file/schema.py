"""Bring a ledger file up to this version: numbered .sql files, each statement once, all or nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from meshboard.ledger.file.driver import Connection, sqlite

APPLICATION_ID = 0x6D426C67  # "mBlg"; sqlite.org/fileformat2.html, "application ID": whose file this is


@dataclass(frozen=True, slots=True)
class Migration:
    """The statements that lead from one schema version to the next."""

    version: int
    """The version reached."""
    statements: tuple[str, ...]


@cache
def released_migrations() -> tuple[Migration, ...]:
    """Return every migration this version ships, in order."""
    folder = files("meshboard.ledger.migrations")
    scripts = sorted(
        (script for script in folder.iterdir() if script.name.endswith(".sql")), key=lambda s: s.name
    )
    return tuple(
        Migration(int(script.name.partition("_")[0]), tuple(statements_of(script.read_text("utf-8"))))
        for script in scripts
    )


def statements_of(script: str) -> Iterator[str]:
    """Yield the statements of a script, without the lines that are comments."""
    statement = ""
    for line in script.splitlines():
        if not statement and (not line.strip() or line.startswith("--")):
            continue
        statement += line + "\n"
        if sqlite.complete_statement(statement):
            yield statement.strip()
            statement = ""
    if statement:
        yield statement.strip()


ONE_KIND_OF_CIRCLE = 6
"""The version from which on every circle has a founder."""


def migrate(
    connection: Connection,
    migrations: Sequence[Migration],
    take_out: Callable[[Connection], None] = lambda _connection: None,
) -> None:
    """Apply what the file lacks, in one transaction: after an error nothing has changed.

    `take_out` is called before ONE_KIND_OF_CIRCLE is reached, to save what that deletes.

    `connection` is in autocommit mode (isolation_level None): Python's own transactions, and executescript,
    would commit half-way. Another process may have done the work meanwhile, so the version is read again.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for migration in migrations:
            if migration.version > version:
                if migration.version == ONE_KIND_OF_CIRCLE and version:
                    take_out(connection)
                for statement in migration.statements:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {migration.version}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
