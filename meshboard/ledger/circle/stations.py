"""What is known of stations: their names, and how far they agree with us."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_update
from sqlmodel import col

from meshboard.domain.ids import AuthorId, CircleId, EntryId, EpochId, PostId
from meshboard.figures import IN_ONE_QUESTION
from meshboard.ledger.entries.projection import chunks
from meshboard.ledger.file.database import Database
from meshboard.ledger.file.tables import (
    EntryRow,
    IdentityRow,
    PeerRow,
    PostRow,
    SettingRow,
    StationNameRow,
)


@dataclass(frozen=True, slots=True)
class Peer:
    """Another station of a circle, as far as its beacons tell."""

    author: AuthorId
    node: int | None = None
    """The Meshtastic node number it was last heard from; None = not known."""
    last_counter: int = 0
    """The highest counter heard from it; 0 = none."""
    last_heard_s: int | None = None
    """Unix seconds."""
    agreed_seq: int = 0
    """Our highest seq when it last said that it holds the same as we do; 0 = never."""


class Stations:
    """Names and peers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def name(self, circle: CircleId, author: AuthorId) -> str | None:
        """Return what a station wants to be called, None before it said so."""
        return self.names(circle).get(author)

    def names(self, circle: CircleId) -> Mapping[AuthorId, str]:
        """Return the names of all stations of a circle that gave one."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(col(StationNameRow.author), col(StationNameRow.name)).where(
                    col(StationNameRow.circle_id) == circle
                )
            ).all()
        return {AuthorId(row.author): row.name for row in rows}

    def peers(self, circle: CircleId) -> tuple[Peer, ...]:
        """Return every other station a beacon, summary or request was heard from."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(
                    col(PeerRow.author),
                    col(PeerRow.node),
                    col(PeerRow.last_counter),
                    col(PeerRow.last_heard),
                    col(PeerRow.agreed_seq),
                )
                .where(col(PeerRow.circle_id) == circle)
                .order_by(col(PeerRow.author))
            ).all()
        return tuple(
            Peer(AuthorId(row.author), row.node, row.last_counter, row.last_heard, row.agreed_seq)
            for row in rows
        )

    def save_peers(self, circle: CircleId, peers: Iterable[Peer]) -> None:
        """Remember what was heard; counters and agreement only ever grow, None leaves what is known."""
        rows = [
            {
                "circle_id": circle,
                "author": peer.author,
                "node": peer.node,
                "last_counter": peer.last_counter,
                "last_heard": peer.last_heard_s,
                "agreed_seq": peer.agreed_seq,
            }
            for peer in peers
        ]
        new = insert_or_update(PeerRow)
        said = new.excluded
        statement = new.on_conflict_do_update(
            index_elements=["circle_id", "author"],
            set_={
                "node": func.coalesce(said.node, col(PeerRow.node)),
                "last_counter": func.max(said.last_counter, col(PeerRow.last_counter)),
                "last_heard": func.coalesce(said.last_heard, col(PeerRow.last_heard)),
                "agreed_seq": func.max(said.agreed_seq, col(PeerRow.agreed_seq)),
            },
        )
        if rows:
            with self._database.writing() as connection:
                connection.execute(statement, rows)

    def begin_counters(self, circle: CircleId, epoch: EpochId) -> None:
        """Forget the counters heard in another epoch: who had its key could speak in anybody's name."""
        name = f"counters heard in {circle.hex()}"
        with self._database.writing() as connection:
            key = col(SettingRow.key) == name
            known = connection.execute(select(col(SettingRow.value)).where(key)).scalar_one_or_none()
            if known == epoch.hex():
                return
            connection.execute(delete(SettingRow).where(key))
            connection.execute(insert(SettingRow).values(key=name, value=epoch.hex()))
            if known is not None:
                peers = update(PeerRow).where(col(PeerRow.circle_id) == circle)
                connection.execute(peers.values(last_counter=0))

    def heard_by(self, circle: CircleId, posts: Iterable[PostId]) -> Mapping[PostId, int]:
        """Return how many other stations are known to hold what each post says now.

        Those are the station that wrote it, those that agreed with us since, and, of a post that was never
        changed, those that wrote about it.
        """
        agreed = {peer.author: peer.agreed_seq for peer in self.peers(circle)}
        counts: dict[PostId, int] = {}
        with self._database.reading() as connection:
            own = connection.execute(
                select(col(IdentityRow.author)).where(col(IdentityRow.circle_id) == circle)
            ).scalar_one_or_none()
            for some in chunks(posts, IN_ONE_QUESTION):
                counts |= dict.fromkeys((PostId(EntryId(post)) for post in some), 0)
                for post, said_seq, writers in _writers(connection, circle, some):
                    holders = {author for author, seq in agreed.items() if seq >= said_seq}
                    counts[post] = len((holders | writers) - {own})
        return counts


def _writers(
    connection: Connection, circle: CircleId, posts: Sequence[bytes]
) -> Iterator[tuple[PostId, int, set[AuthorId]]]:
    """Yield (post, seq of what it says, stations that must hold that because they wrote it or about it)."""
    about: dict[bytes, set[AuthorId]] = defaultdict(set)
    for post_id, author in connection.execute(
        select(col(EntryRow.post_id), col(EntryRow.author))
        .where(col(EntryRow.circle_id) == circle, col(EntryRow.post_id).in_(posts))
        .distinct()
    ):
        about[post_id or b""].add(AuthorId(author))
    for row in connection.execute(
        select(col(PostRow.id), col(PostRow.author), col(PostRow.posted_seq), col(PostRow.said_seq)).where(
            col(PostRow.circle_id) == circle, col(PostRow.id).in_(posts)
        )
    ):
        is_unchanged = row.posted_seq == row.said_seq
        writers = about[row.id] if is_unchanged else {AuthorId(row.author)}
        yield PostId(EntryId(row.id)), row.said_seq, writers
