"""What every row of the ledger has in common: it shows nothing of itself."""

from collections.abc import Sequence

from sqlmodel import SQLModel


class LedgerRow(SQLModel):
    """A row. Keys and people's words are in it: no log line, traceback or debugger's page shows them."""

    def __repr_args__(self) -> Sequence[tuple[str, object]]:
        """Return what `repr`, `str` and Rich show of a row: nothing (pydantic's `Representation`)."""
        return ()
