"""Settle what is due in a circle: close own invites that are used up or expired, begin a key that is due.

Everything here may be done again: it looks at what the entries say, and does nothing that is done.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial

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
        self.waits_for_time = False
        """Whether something may become due although nothing is committed, as of the last look."""

    def due(self, told: Membership, now_s: float) -> Sequence[Callable[[], object]]:
        """Return what is to be done now, to be called once the ledger is not being read any more.

        `now_s` is on the monotonic clock.
        """
        if not told.is_member(self._desk.author):
            return ()
        own = [state for state in told.invites if state.by == self._desk.author and not state.is_closed]
        acts = [act for state in own for act in self._due_for(state)]
        self.waits_for_time = any(state.expires_at is not None for state in own)
        if self._is_rekey_due(told, now_s):
            acts.append(partial(self._rekey, told))
        self.waits_for_time |= self._due_since is not None
        return acts

    def _due_for(self, state: InviteState) -> Iterator[Callable[[], object]]:
        """Yield what notes who came by an own open invite, and what closes it; the first to come stay."""
        now_s = self._clock.wall_s()
        is_over = state.expires_at is not None and now_s is not None and now_s > state.expires_at
        if not (state.uses or is_over):
            return
        order = came_by(self._circle, state.invite)
        known = self._remembered.read(order)
        shown = [*state.joined, *(author for author in state.turned_away if self._is_in_time(author, state))]
        came = (*known, *(author for author in shown if author not in known))
        if came != known:
            yield partial(self._remembered.keep, order, came)
        if is_over or len(came) >= state.uses:
            yield partial(close_invite, self._desk, state.invite, came[: state.uses] if state.uses else came)

    def _is_in_time(self, author: AuthorId, state: InviteState) -> bool:
        """Say whether an author showed an invite before it expired, by its own clock."""
        store = self._desk.store
        for signed in store.entries(LogId(author), 1, JOINED_AT):
            fact, stamp = signed.entry.fact, signed.entry.stamp
            if isinstance(fact, StationJoined) and fact.invite == state.invite:
                return state.expires_at is None or stamp.time_s is None or stamp.time_s <= state.expires_at
        return False

    def _is_rekey_due(self, told: Membership, now_s: float) -> bool:
        """Say whether to begin an epoch: one is due, or its key never came, and who had it may be gone."""
        holds_key = holds_current_key(self._desk, told)
        if holds_key and not told.is_rekey_due:
            self._due_since = None
            return False
        if self._due_since is None:
            self._due_since = now_s
        return now_s - self._due_since >= self._wait_s(told, holds_key)

    def _rekey(self, told: Membership) -> None:
        begin_epoch(self._desk, told, ())
        self._due_since = None
        _log.info("a new key was due, and was made")

    def _wait_s(self, told: Membership, holds_key: bool) -> float:
        me = self._desk.author
        if holds_key and told.epoch.begun_by == me:
            return 0.0
        awaited_s = REKEY_AFTER_S if holds_key else KEY_AWAITED_S
        return awaited_s + REKEY_APART_S * told.members().index(me)
