"""Find posts: by filter for the board, by code for people's fingers, by id for everything else."""

import json
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, not_, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from meshboard.domain.ids import CODE_LENGTH, AuthorId, CircleId, ClaimId, EntryId, PostId, normal_code
from meshboard.domain.merge import PostRecord, merge_post
from meshboard.domain.people import Actor
from meshboard.domain.views import BoardQuery
from meshboard.figures import IN_ONE_QUESTION, REMEMBERED_RECORDS
from meshboard.ledger.entries.projection import chunks, stories
from meshboard.ledger.file.database import Database
from meshboard.ledger.file.tables import ClaimRow, EntryRow, PostRow, StationNameRow, TrustMarkRow


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose board is asked for, by whom and when."""

    circle: CircleId
    viewer: Actor
    """The person who `mine_only` is about."""
    now_s: int | None
    """Unix seconds; None = no believable time: nothing is taken as expired."""
    beyond: Set[PostId] = frozenset()
    """Posts that the limits hide now (`ledger.board.beyond`)."""
    muted: Set[tuple[AuthorId, Actor | None]] = frozenset()
    """Whom this station does not show; without an actor, everybody at that station."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One post on the board."""

    code: str
    """Four characters, five where another live post shares the four."""
    record: PostRecord


@dataclass(frozen=True, slots=True)
class _Found:
    """Where a record is and which version of it."""

    circle: CircleId
    post: PostId
    changed_seq: int
    entry_count: int
    flips: int | None
    """The circle's mark for entries that began or ceased to count: else two versions could look alike."""


class Posts:
    """The posts of all circles. Records are made from entries when asked for and kept until they change."""

    def __init__(self, database: Database, remembered: int = REMEMBERED_RECORDS) -> None:
        self._database = database
        self._most_remembered = remembered
        self._remembered: OrderedDict[_Found, PostRecord] = OrderedDict()

    def board(
        self, query: BoardQuery, scope: Scope, limit: int | None = None, offset: int = 0
    ) -> tuple[BoardRow, ...]:
        """Return one page, or all without a limit.

        Live posts come before what is over, then the most urgent, then the newest at this station.
        """
        with self._database.reading() as connection:
            rows = connection.execute(
                select(*_FOUND_COLUMNS, col(PostRow.code), _is_shared(scope.now_s))
                .where(*_conditions(query, scope))
                .order_by(*_order(query, scope))
                .limit(-1 if limit is None else limit)
                .offset(offset)
            ).all()
            found = [_found(*row[:5]) for row in rows]
            records = self._records(connection, found)
        return tuple(
            BoardRow(code if is_shared else code[:CODE_LENGTH], records[PostId(EntryId(post))])
            for _, post, _, _, _, code, is_shared in rows
        )

    def count(self, query: BoardQuery, scope: Scope) -> int:
        """Return how many posts match, whatever the query's limit."""
        with self._database.reading() as connection:
            return connection.execute(
                select(func.count(col(PostRow.id))).where(*_conditions(query, scope))
            ).scalar_one()

    def record(self, post: PostId) -> PostRecord | None:
        """Return one post, None while the entry that published it is not held."""
        return self.records([post]).get(post)

    def records(self, posts: Iterable[PostId]) -> Mapping[PostId, PostRecord]:
        """Return those of these posts that are held."""
        records: dict[PostId, PostRecord] = {}
        with self._database.reading() as connection:
            for some in chunks(posts, IN_ONE_QUESTION):
                rows = connection.execute(select(*_FOUND_COLUMNS).where(col(PostRow.id).in_(some))).all()
                found = [_found(*row[:5]) for row in rows]
                records |= self._records(connection, found)
        return records

    def post_of(self, claim: ClaimId) -> PostId | None:
        """Return the post a claim is on, None while neither is known."""
        with self._database.reading() as connection:
            post = connection.execute(
                select(col(EntryRow.claimed_post_id)).where(col(EntryRow.id) == claim, col(EntryRow.is_sound))
            ).scalar()
        return None if post is None else PostId(EntryId(post))

    def code_of(self, post: PostId, now_s: int | None) -> str | None:
        """Return what people call a post: four characters, five where another live post shares the four."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(col(PostRow.code), _is_shared(now_s)).where(col(PostRow.id) == post)
            ).first()
        if row is None:
            return None
        code, is_shared = row
        return code if is_shared else code[:CODE_LENGTH]

    def find_by_code(self, typed: str, now_s: int | None) -> tuple[PostId, ...]:
        """Return the posts a typed code may mean, newest first: the live ones, where there are any.

        Empty when no post has it or when it cannot be a code.
        """
        code = normal_code(typed)
        if code is None:
            return ()
        with self._database.reading() as connection:
            rows = connection.execute(
                select(col(PostRow.id), _is_live(PostRow, now_s))
                .where(col(PostRow.code).between(code, code + "Z"))
                .order_by(col(PostRow.posted_seq).desc())
            ).all()
        live = tuple(PostId(EntryId(post)) for post, is_live in rows if is_live)
        return live or tuple(PostId(EntryId(post)) for post, _ in rows)

    def forget(self) -> None:
        """Drop the records kept in memory: they were made from something that has been made anew."""
        self._remembered.clear()

    def _records(self, connection: Connection, found: Sequence[_Found]) -> dict[PostId, PostRecord]:
        """Return these records, from memory where they have not changed."""
        records = {}
        stale: dict[CircleId, list[_Found]] = defaultdict(list)
        for one in found:
            if one in self._remembered:
                self._remembered.move_to_end(one)
                records[one.post] = self._remembered[one]
            else:
                stale[one.circle].append(one)
        for circle, ones in stale.items():
            by_post = {one.post: one for one in ones}
            for some in chunks(by_post, IN_ONE_QUESTION):
                for story in stories(connection, circle, some):
                    record = merge_post(story.entries)
                    if record is not None:
                        records[record.id] = record
                        if not self._database.has_unsaved:
                            self._remembered[by_post[record.id]] = record
        while len(self._remembered) > self._most_remembered:
            self._remembered.popitem(last=False)
        return records


_FOUND_COLUMNS = (
    col(PostRow.circle_id),
    col(PostRow.id),
    col(PostRow.changed_seq),
    col(PostRow.entry_count),
    select(col(TrustMarkRow.flips))
    .where(col(TrustMarkRow.circle_id) == col(PostRow.circle_id))
    .scalar_subquery(),
)


def _found(circle: bytes, post: bytes, changed_seq: int, entry_count: int, flips: int | None) -> _Found:
    return _Found(CircleId(circle), PostId(EntryId(post)), changed_seq, entry_count, flips)


def _conditions(query: BoardQuery, scope: Scope) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [col(PostRow.circle_id) == scope.circle]
    if query.kinds:
        conditions.append(col(PostRow.kind).in_(sorted(query.kinds)))
    if query.categories:
        conditions.append(col(PostRow.category).in_(sorted(query.categories)))
    if query.urgency_at_least:
        conditions.append(col(PostRow.urgency) >= query.urgency_at_least.value)
    conditions += [_mentions(word) for word in query.text.casefold().split()]
    if query.mine_only:
        conditions.append(or_(_is_posted_by(scope.viewer), _is_carried_by(scope.viewer)))
    if query.live_only:
        conditions.append(_is_live(PostRow, scope.now_s))
    if not query.with_hidden:
        conditions += _shown(scope)
    return conditions


def _order(query: BoardQuery, scope: Scope) -> list[ColumnElement[Any]]:
    order: list[ColumnElement[Any]] = [col(PostRow.urgency).desc(), col(PostRow.posted_seq).desc()]
    if not query.live_only:  # else all are live, and the index `post_board` gives the order
        order.insert(0, _is_live(PostRow, scope.now_s).desc())
    return order


def _shown(scope: Scope) -> Iterator[ColumnElement[bool]]:
    """Yield what leaves out whoever is muted here and whatever is beyond the limits.

    What the viewer carries stays: a promise is not undone by a mute.
    """
    is_carried = _is_carried_by(scope.viewer)
    if scope.beyond:
        # One parameter, however many: SQLite takes 999 of them before 3.32.
        ids = json.dumps([post.hex().upper() for post in scope.beyond])
        hidden = select(func.json_each(ids).table_valued("value").c.value)
        yield or_(func.hex(col(PostRow.id)).not_in(hidden), is_carried)
    for author, actor in scope.muted:
        by_them = col(PostRow.author) == author
        yield or_(not_(by_them if actor is None else by_them & _is_posted_by(actor)), is_carried)


def _mentions(word: str) -> ColumnElement[bool]:
    """Say whether a case-folded word is in what a post says or in the name of the station it came from."""
    station = (
        select(col(StationNameRow.author))
        .where(
            col(StationNameRow.circle_id) == col(PostRow.circle_id),
            col(StationNameRow.author) == col(PostRow.author),
            func.instr(col(StationNameRow.folded), word) > 0,
        )
        .exists()
    )
    return or_(func.instr(col(PostRow.search), word) > 0, station)


def _is_posted_by(actor: Actor) -> ColumnElement[bool]:
    return (col(PostRow.actor_kind) == actor.kind.value) & (col(PostRow.actor_key) == actor.key)


def _is_carried_by(actor: Actor) -> ColumnElement[bool]:
    return (
        select(col(ClaimRow.id))
        .where(
            col(ClaimRow.circle_id) == col(PostRow.circle_id),
            col(ClaimRow.post_id) == col(PostRow.id),
            col(ClaimRow.actor_kind) == actor.kind.value,
            col(ClaimRow.actor_key) == actor.key,
        )
        .exists()
    )


def _is_live(post: type[PostRow], now_s: int | None) -> ColumnElement[bool]:
    still_open = col(post.is_over).is_(False)
    if now_s is None:
        return still_open
    return still_open & or_(col(post.over_at).is_(None), col(post.over_at) > now_s)


def _is_shared(now_s: int | None) -> ColumnElement[bool]:
    """Say whether another live post has the same four characters."""
    other = aliased(PostRow)
    short = func.substr(col(PostRow.code), 1, CODE_LENGTH)
    return (
        select(col(other.id))
        .where(
            col(other.code).between(short, short.concat("Z")),  # Z is the last letter of the alphabet
            col(other.id) != col(PostRow.id),
            _is_live(other, now_s),
        )
        .exists()
    )
