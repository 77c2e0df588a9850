"""Epoch keys and the secrets of invites, inside the caller's transaction."""

from dataclasses import dataclass, field

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as insert_or_update
from sqlmodel import col

from meshboard.domain.ids import AuthorId, CircleId, EpochId, InviteId
from meshboard.domain.membership import Epoch
from meshboard.ledger.file.tables import EpochKeyRow, InviteRow
from meshboard.trust.circle import commitment_of
from meshboard.trust.key_ring import EpochKey


@dataclass(frozen=True, slots=True)
class KeptInvite:
    """An invite made at this station, so that it can be shown again until it ends."""

    invite: InviteId
    secret: bytes = field(repr=False)
    """16 bytes (`trust.invite`)."""
    made_at: int | None
    """Unix seconds, None = not known."""
    uses: int
    """How many may join with it; 0 = any number."""
    expires_at: int | None
    """Unix seconds; None = never."""


def epoch_keys(connection: Connection, circle: CircleId, *, shown_only: bool = False) -> tuple[EpochKey, ...]:
    """Return every epoch key known of a circle, by number and epoch; `shown_only`: not given by air."""
    rows = connection.execute(
        select(col(EpochKeyRow.epoch_id), col(EpochKeyRow.number), col(EpochKeyRow.key))
        .where(col(EpochKeyRow.circle_id) == circle)
        .where(*([col(EpochKeyRow.given_by).is_(None)] if shown_only else []))
        .order_by(col(EpochKeyRow.number), col(EpochKeyRow.epoch_id))
    )
    return tuple(EpochKey(EpochId(row.epoch_id), row.number, row.key) for row in rows)


def write_epoch_key(
    connection: Connection,
    circle: CircleId,
    key: EpochKey,
    epoch: Epoch | None,
    given_by: AuthorId | None,
    now_s: int | None,
) -> bool:
    """Store an epoch's key where it is new; say whether it is.

    `epoch` is what is known of the epoch itself, None = nothing yet: then the first key to come is kept.
    A key that fits the epoch's commitment takes the place of one that was kept before that was known.
    """
    one = col(EpochKeyRow.circle_id) == circle, col(EpochKeyRow.epoch_id) == key.id
    known = connection.execute(select(col(EpochKeyRow.key)).where(*one)).scalar_one_or_none()
    commitment = epoch.commitment if epoch else b""
    fits = not commitment or commitment_of(circle, key.key) == commitment
    if known == key.key or not fits or (known is not None and not commitment):
        return False
    said = {"number": key.number, "key": key.key, "given_by": given_by, "received_at": now_s}
    new = insert_or_update(EpochKeyRow).values(circle_id=circle, epoch_id=key.id, **said)
    connection.execute(new.on_conflict_do_update(index_elements=["circle_id", "epoch_id"], set_=said))
    return True


def kept_invites(connection: Connection, circle: CircleId) -> tuple[KeptInvite, ...]:
    """Return the invites made here, oldest first."""
    rows = connection.execute(
        select(
            col(InviteRow.invite_id),
            col(InviteRow.secret),
            col(InviteRow.made_at),
            col(InviteRow.uses),
            col(InviteRow.expires_at),
        )
        .where(col(InviteRow.circle_id) == circle)
        .order_by(col(InviteRow.made_at), col(InviteRow.invite_id))
    )
    return tuple(
        KeptInvite(InviteId(row.invite_id), row.secret, row.made_at, row.uses, row.expires_at) for row in rows
    )


def write_invite(connection: Connection, circle: CircleId, invite: KeptInvite) -> None:
    """Store an invite's secret."""
    said = {
        "secret": invite.secret,
        "made_at": invite.made_at,
        "uses": invite.uses,
        "expires_at": invite.expires_at,
    }
    new = insert_or_update(InviteRow).values(circle_id=circle, invite_id=invite.invite, **said)
    connection.execute(new.on_conflict_do_update(index_elements=["circle_id", "invite_id"], set_=said))
