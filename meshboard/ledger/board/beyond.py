"""What the limits hide now: who has more up than a board shows, found without reading everybody's posts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, case, func, or_, select
from sqlalchemy.orm import Mapped
from sqlmodel import col

from meshboard.domain.ids import AuthorId, CircleId, EntryId, PostId
from meshboard.domain.limits import (
    BOUNDS,
    Beyond,
    Bound,
    Counted,
    LivePost,
    LogPlace,
    Person,
    claims_beyond,
    posts_beyond,
)
from meshboard.domain.people import ACTOR_KEY_BYTES, Actor, ActorKind, party_of
from meshboard.domain.posts import Urgency
from meshboard.figures import BEYOND_KEPT_S
from meshboard.ledger.board.post_search import Posts
from meshboard.ledger.file.database import Database
from meshboard.ledger.file.tables import ClaimRow, EntryRow, PostRow


@dataclass(frozen=True, slots=True)
class _Computed:
    """What was last found, and of when."""

    version: tuple[int, int]
    now_s: int | None
    beyond: Beyond


class Limits:
    """Applies `domain.limits` to what a ledger holds."""

    def __init__(self, database: Database, posts: Posts) -> None:
        self._database = database
        self._posts = posts
        self._last: dict[CircleId, _Computed] = {}

    def beyond(self, circle: CircleId, now_s: int | None) -> Beyond:
        """Return what is hidden at `now_s`; None = no believable time: nothing is taken as expired.

        What has expired since may count for BEYOND_KEPT_S more.
        """
        version = self._version()
        last = self._last.get(circle)
        if last is None or last.version != version or not _is_near(last.now_s, now_s):
            self._last[circle] = last = _Computed(version, now_s, self._compute(circle, now_s))
        return last.beyond

    def _version(self) -> tuple[int, int]:
        """Return what differs whenever entries were stored, here or by another process."""
        data_version = self._database.data_version()
        with self._database.reading() as connection:
            return data_version, connection.execute(select(func.max(col(EntryRow.seq)))).scalar_one() or 0

    def _compute(self, circle: CircleId, now_s: int | None) -> Beyond:
        with self._database.reading() as connection:
            live = [
                post
                for author in sorted(_busy_posters(connection, circle, now_s))
                for post in _live_posts(connection, circle, author, now_s)
            ]
            claimed = [
                _claimed_posts(connection, circle, author, now_s)
                for author in _busy_claimers(connection, circle, now_s)
            ]
        # Claims of others on these posts are too few to pass a limit, or their author is among these too.
        concerned = self._posts.records(sorted({post for posts_ in claimed for post in posts_}))
        return Beyond(posts_beyond(live), claims_beyond(concerned.values()))

    def live_posts(self, circle: CircleId, author: AuthorId, now_s: int | None) -> Sequence[LivePost]:
        """Return what all who speak through a station have up."""
        with self._database.reading() as connection:
            return _live_posts(connection, circle, author, now_s)


def _is_near(then_s: int | None, now_s: int | None) -> bool:
    if then_s is None or now_s is None:
        return then_s is now_s
    return abs(now_s - then_s) < BEYOND_KEPT_S


def _is_live(now_s: int | None) -> ColumnElement[bool]:
    still_open = col(PostRow.is_over).is_(False)
    if now_s is None:
        return still_open
    return still_open & or_(col(PostRow.over_at).is_(None), col(PostRow.over_at) > now_s)


def _bound_of(counted: Counted, actor_kind: Mapped[int], *, is_of_all: bool) -> ColumnElement[int]:
    """Return the smallest bound there is for actors of a kind, so that nobody beyond theirs is overlooked."""

    def number(bound: Bound) -> int:
        return bound.of_all if is_of_all else bound.of_one

    whoever = {kind: Actor(kind, bytes(ACTOR_KEY_BYTES)) for kind in ActorKind}
    bounds = {kind.value: number(BOUNDS[counted][party_of(actor)]) for kind, actor in whoever.items()}
    return case(bounds, value=actor_kind, else_=min(bounds.values()))


def _busy_posters(connection: Connection, circle: CircleId, now_s: int | None) -> set[AuthorId]:
    """Return the stations of whose people somebody, or a party together, passed a bound."""
    kind = col(PostRow.actor_kind)
    critical = func.sum(func.iif(col(PostRow.urgency) == Urgency.CRITICAL.value, 1, 0))
    usual = func.count() - critical
    found: set[AuthorId] = set()
    for group, is_of_all in (((kind, col(PostRow.actor_key)), False), ((kind,), True)):
        most_usual = _bound_of(Counted.POST, kind, is_of_all=is_of_all)
        most_critical = _bound_of(Counted.CRITICAL, kind, is_of_all=is_of_all)
        rows = connection.execute(
            select(col(PostRow.author))
            .where(col(PostRow.circle_id) == circle, _is_live(now_s))
            .group_by(col(PostRow.author), *group)
            .having(or_(usual > most_usual, critical > most_critical))
        ).scalars()
        found.update(AuthorId(author) for author in rows)
    return found


def _live_posts(
    connection: Connection, circle: CircleId, author: AuthorId, now_s: int | None
) -> list[LivePost]:
    rows = connection.execute(
        select(
            col(PostRow.id),
            col(PostRow.actor_kind),
            col(PostRow.actor_key),
            col(PostRow.urgency),
            col(EntryRow.incarnation),
            col(EntryRow.number),
            col(EntryRow.digest),
        )
        .join(
            EntryRow,
            (col(EntryRow.circle_id) == col(PostRow.circle_id))
            & (col(EntryRow.id) == col(PostRow.id))
            & col(EntryRow.is_sound),
        )
        .where(col(PostRow.circle_id) == circle, col(PostRow.author) == author, _is_live(now_s))
    ).all()
    return [
        LivePost(
            LogPlace(
                EntryId(row[0]), Person(author, Actor(ActorKind(row[1]), row[2])), (row[4], row[5], row[6])
            ),
            row[3] == Urgency.CRITICAL.value,
        )
        for row in rows
    ]


def _busy_claimers(connection: Connection, circle: CircleId, now_s: int | None) -> Iterable[AuthorId]:
    """Return the stations of whose people some made more promises than one of them may, alone or together."""
    kind = col(ClaimRow.actor_kind)
    rows = connection.execute(
        select(col(ClaimRow.author))
        .distinct()
        .join(PostRow, _is_claims_post())
        .where(col(ClaimRow.circle_id) == circle, _is_live(now_s))
        .group_by(col(ClaimRow.author), kind)
        .having(func.count() > _bound_of(Counted.CLAIM, kind, is_of_all=False))
    ).scalars()
    return [AuthorId(author) for author in rows]


def _claimed_posts(
    connection: Connection, circle: CircleId, author: AuthorId, now_s: int | None
) -> list[PostId]:
    rows = connection.execute(
        select(col(ClaimRow.post_id))
        .distinct()
        .join(PostRow, _is_claims_post())
        .where(col(ClaimRow.circle_id) == circle, col(ClaimRow.author) == author, _is_live(now_s))
    ).scalars()
    return [PostId(EntryId(post)) for post in rows]


def _is_claims_post() -> ColumnElement[bool]:
    return (col(ClaimRow.post_id) == col(PostRow.id)) & (col(ClaimRow.circle_id) == col(PostRow.circle_id))
