"""Which of the keys held may seal, and when a key that was given is the right one."""

from meshboard.domain.ids import AuthorId, EpochId
from meshboard.domain.membership import Membership
from meshboard.station.circle.desk import Desk
from meshboard.trust.circle import commitment_of
from meshboard.trust.key_ring import EpochKey, KeyRing


def ring_of(desk: Desk, told: Membership) -> KeyRing:
    """Return the keys held, and which one seals: that of the epoch that holds; none for who is out."""
    keys = tuple(key for key in desk.epoch_keys() if may_be_right(desk, told, key))
    ring = KeyRing(desk.circle.id, keys, None)
    return ring if is_out(told, desk.author) else ring.sealing_with(sealing_epoch(desk, told))


def sealing_epoch(desk: Desk, told: Membership) -> EpochId:
    """Return the epoch whose key seals.

    Who joins late begins with the epoch of the invite, and hears only afterwards how it began. Until it
    counts for itself, it takes the word of the code it was shown last.
    """
    entered = desk.circle.epoch_id
    if not told.is_member(desk.author):
        shown = desk.epoch_keys(shown_only=True)
        unheard = [key for key in shown if key.id not in told.epochs and key.number > told.epoch.number]
        entered = unheard[-1].id if unheard else entered
    return told.epoch.id if entered in told.epochs else entered


def may_be_right(desk: Desk, told: Membership, key: EpochKey) -> bool:
    """Say whether a key is the one its epoch committed to, or that is not known yet."""
    epoch = told.epochs.get(key.id)
    return epoch is None or not epoch.commitment or epoch.commitment == commitment_of(desk.circle.id, key.key)


def is_out(told: Membership, author: AuthorId) -> bool:
    """Say whether somebody who counts took an author out."""
    standing = told.standings.get(author)
    return standing is not None and not standing.counts and bool(standing.removed_by)
