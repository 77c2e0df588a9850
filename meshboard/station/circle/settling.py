"""Settle what is due in a circle: close own invites that are used up or expired, begin a key that is due.

Everything here may be done again: it looks at what the entries say, and does nothing that is done.
"""

import logging
from collections.abc import Sequence

from meshboard.domain.circle_facts import StationJoined
from meshboard.domain.entries import LogId
from meshboard.domain.ids import AuthorId
from meshboard.domain.membership import InviteState, Membership
from meshboard.figures import KEY_AWAITED_S, REKEY_AFTER_S, REKEY_APART_S
from meshboard.ledger.circle.remembered import came_by
from meshboard.station.circle.circle_acts import begin_epoch, close_invite, holds_current_key
from meshboard.station.circle.desk import Desk

JOINED_AT = 2
"""The number of the entry by which a station shows its invite, right after its introduction."""

_log = logging.getLogger("meshboard.station")


class Settler:
    """Settles one circle in a running station."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._clock = desk.clock
        self._circle = desk.circle.id
        self._remembered = desk.ledger.remembered
        self._due_since: float | None = None

    def settle(self, told: Membership, now_s: float) -> bool:
        """Write what is due; say whether anything was. `now_s` is on the monotonic clock."""
        if not told.is_member(self._desk.author):
            return False
        closed = [state for state in told.invites if self._is_to_be_closed(state)]
        for state in closed:
            close_invite(self._desk, state.invite, self._first_come(state))
        return self._rekey(told, now_s) or bool(closed)

    def _is_to_be_closed(self, state: InviteState) -> bool:
        if state.is_closed or state.by != self._desk.author:
            return False
        if state.uses and len(self._note_order(state)) >= state.uses:
            return True
        now_s = self._clock.wall_s()
        return state.expires_at is not None and now_s is not None and now_s > state.expires_at

    def _first_come(self, state: InviteState) -> Sequence[AuthorId]:
        """Return who stays: the first to come, as many as the invite was for."""
        came = self._note_order(state)
        return came[: state.uses] if state.uses else came

    def _note_order(self, state: InviteState) -> Sequence[AuthorId]:
        """Return who showed an own invite in the order in which this station heard of it; remember it."""
        order = came_by(self._circle, state.invite)
        known = self._remembered.read(order)
        shown = [*state.joined, *(author for author in state.turned_away if self._is_in_time(author, state))]
        came = (*known, *(author for author in shown if author not in known))
        if came != known:
            self._remembered.keep(order, came)
        return came

    def _is_in_time(self, author: AuthorId, state: InviteState) -> bool:
        """Say whether an author showed an invite before it expired, by its own clock."""
        store = self._desk.store
        for signed in store.entries(LogId(author), 1, JOINED_AT):
            fact, stamp = signed.entry.fact, signed.entry.stamp
            if isinstance(fact, StationJoined) and fact.invite == state.invite:
                return state.expires_at is None or stamp.time_s is None or stamp.time_s <= state.expires_at
        return False

    def _rekey(self, told: Membership, now_s: float) -> bool:
        """Begin an epoch that is due, or one in place of a key that never came: who had it may be gone."""
        holds_key = holds_current_key(self._desk, told)
        if holds_key and not told.is_rekey_due:
            self._due_since = None
            return False
        if self._due_since is None:
            self._due_since = now_s
        if now_s - self._due_since < self._wait_s(told, holds_key):
            return False
        begin_epoch(self._desk, told, ())
        self._due_since = None
        _log.info("a new key was due, and was made")
        return True

    def _wait_s(self, told: Membership, holds_key: bool) -> float:
        me = self._desk.author
        if holds_key and told.epoch.begun_by == me:
            return 0.0
        awaited_s = REKEY_AFTER_S if holds_key else KEY_AWAITED_S
        return awaited_s + REKEY_APART_S * told.members().index(me)
