"""Whether the values in a file are what their columns hold: SQLite itself stores anything anywhere."""

from meshboard.ledger.file.driver import Connection

_KINDS = {"BOOLEAN": "integer", "INTEGER": "integer", "VARCHAR": "text", "BLOB": "blob"}
"""How SQLite stores what a column of ours was declared as (sqlite.org/datatype3.html)."""


def has_misfits(connection: Connection) -> bool:
    """Say whether any table holds a value of another kind than its column's; reads the whole file."""
    tables = connection.execute("SELECT name FROM pragma_table_list WHERE type = 'table'").fetchall()
    return any(_misfits_in(connection, table) for (table,) in tables)


def _misfits_in(connection: Connection, table: str) -> bool:
    columns = connection.execute("SELECT name, type FROM pragma_table_info(?)", (table,)).fetchall()
    conditions = [
        f"(typeof({_quoted(name)}) NOT IN ('{_KINDS[declared]}', 'null'))"
        for name, declared in columns
        if declared in _KINDS
    ]
    if not conditions:
        return False
    question = f"SELECT 1 FROM {_quoted(table)} WHERE {' OR '.join(conditions)} LIMIT 1"  # noqa: S608 -- quoted
    return connection.execute(question).fetchone() is not None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
