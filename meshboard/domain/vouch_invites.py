"""Whom a circle's invites let in, in one going through of its facts (`vouch_round`)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from meshboard.domain.circle_facts import InviteClosed, InviteMade, StationJoined
from meshboard.domain.entries import Entry
from meshboard.domain.ids import AuthorId, InviteId, MemberKey, member_key
from meshboard.domain.membership import InviteState, Reach, Vouch
from meshboard.domain.vouch_facts import Made, Out


@dataclass
class _Invite:
    """What is known of an invite so far in a round."""

    by: AuthorId
    made: InviteMade
    place: Reach


class Invites:
    """The invites made and closed so far in a round, and who showed them."""

    def __init__(self, facts: Mapping[AuthorId, list[Entry]], out: Mapping[AuthorId, Out]) -> None:
        """`facts`: all there are, by author; `out`: who is known to be out."""
        self._joins = _joins_by_invite(facts)
        self._out = out
        self._made: dict[tuple[InviteId, AuthorId], _Invite] = {}
        """By maker too: nobody takes another's invite over by naming its key."""
        self._closed: dict[tuple[InviteId, AuthorId], set[MemberKey]] = {}
        """Who stays, by closed invite and who closed it."""

    def make(self, fact: InviteMade, by: AuthorId, place: Reach) -> list[AuthorId]:
        """Note an invite; return those who showed it in time."""
        invite = _Invite(by, fact, place)
        self._made.setdefault((fact.invite, by), invite)
        return [join.log.author for join in self._in_time(invite)]

    def close(self, fact: InviteClosed, by: AuthorId) -> None:
        """Note that somebody closed an invite, and who stays by it."""
        self._closed.setdefault((fact.invite, by), set()).update(fact.kept)

    def vouches(self) -> list[Made]:
        """Return the vouches for those who are let in."""
        return [
            Made(Vouch(invite.by, author, invite.made.invite), invite.place)
            for invite in self._made.values()
            for author in self._let_in(invite)
        ]

    def turned_away(self) -> set[AuthorId]:
        """Return those who showed an invite and were not let in by it."""
        shown = {join.log.author for joins in self._joins.values() for join in joins}
        return shown - {one.vouch.member for one in self.vouches()}

    def too_many(self) -> set[AuthorId]:
        """Return enough of those who showed an open invite at once to prove that they were too many.

        What they showed it with counts, so that everybody learns of it: else some would let one of them in.
        """
        witnesses: set[AuthorId] = set()
        for invite in self._made.values():
            shown = sorted({join.log.author for join in self._in_time(invite)})
            if self._kept(invite) is None and invite.made.uses and len(shown) > invite.made.uses:
                witnesses.update(shown[: invite.made.uses + 1])
        return witnesses

    def states(self) -> tuple[InviteState, ...]:
        """Return what came of each invite."""
        return tuple(self._state(*place) for place in sorted(self._made))

    def _in_time(self, invite: _Invite) -> list[Entry]:
        """Return the joins that are not too late by their own stamps; closing is for those that lie."""
        ends = invite.made.expires_at
        return [
            join
            for join in self._joins.get(invite.made.invite, ())
            if ends is None or join.stamp.time_s is None or join.stamp.time_s <= ends
        ]

    def _let_in(self, invite: _Invite) -> list[AuthorId]:
        """Return those an invite lets in: as its closing says; while open, never more than its uses."""
        authors = sorted({join.log.author for join in self._in_time(invite)})
        kept = self._kept(invite)
        if kept is not None:
            return [author for author in authors if member_key(author) in kept]
        return authors if not invite.made.uses or len(authors) <= invite.made.uses else []

    def _kept(self, invite: _Invite) -> set[MemberKey] | None:
        """Return who stays by an invite that is closed, None while it is open.

        Its maker closes it. The invites of who is out are closed; who took the maker out says who stays.
        """
        by_maker = self._closed.get((invite.made.invite, invite.by))
        out = self._out.get(invite.by)
        if by_maker is not None or out is None:
            return by_maker
        closings = (self._closed.get((invite.made.invite, remover), set()) for remover in out.removed_by)
        return set().union(*closings)

    def _state(self, invite_id: InviteId, by: AuthorId) -> InviteState:
        invite = self._made[(invite_id, by)]
        joined = self._let_in(invite)
        shown = {join.log.author for join in self._joins.get(invite_id, ())}
        return InviteState(
            invite=invite_id,
            by=by,
            uses=invite.made.uses,
            expires_at=invite.made.expires_at,
            is_closed=self._kept(invite) is not None,
            joined=tuple(joined),
            turned_away=tuple(sorted(shown - set(joined))),
        )


def _joins_by_invite(facts: Mapping[AuthorId, list[Entry]]) -> dict[InviteId, list[Entry]]:
    joins: dict[InviteId, list[Entry]] = defaultdict(list)
    for entries in facts.values():
        for entry in entries:
            if isinstance(entry.fact, StationJoined):
                joins[entry.fact.invite].append(entry)
    return joins
