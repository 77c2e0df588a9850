"""Delete everything of one circle."""

from sqlalchemy import Connection, delete, func
from sqlmodel import col

from meshboard.domain.ids import CircleId
from meshboard.ledger.file.tables import (
    CircleRow,
    ClaimKeyRow,
    ClaimRow,
    ContactRow,
    CounterRow,
    EntryRow,
    EpochKeyRow,
    IdentityRow,
    InviteRow,
    KeylessBlockRow,
    MuteRow,
    PeerRow,
    PickUpRow,
    PickUpTryRow,
    PostRow,
    SettingRow,
    StationNameRow,
    StretchRow,
    TrustMarkRow,
)

OF_A_CIRCLE = (
    ClaimRow, ClaimKeyRow, ContactRow, CounterRow, EntryRow, EpochKeyRow, IdentityRow, InviteRow,
    KeylessBlockRow, MuteRow, PeerRow, PickUpRow, PickUpTryRow, PostRow, StationNameRow, StretchRow,
    TrustMarkRow,
)  # fmt: skip
"""Every table with a circle's id in it; a test finds those that are forgotten."""


def delete_circle(connection: Connection, circle: CircleId) -> None:
    """Delete a circle, all that hangs on it, and the settings whose names carry its id in hex."""
    for table in OF_A_CIRCLE:
        connection.execute(delete(table).where(col(table.circle_id) == circle))
    connection.execute(delete(CircleRow).where(col(CircleRow.id) == circle))
    named = func.instr(col(SettingRow.key), circle.hex()) > 0
    connection.execute(delete(SettingRow).where(named | (col(SettingRow.value) == circle.hex())))
