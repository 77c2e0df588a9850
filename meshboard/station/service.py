"""The service: what every front end acts through. Reads views, runs commands, commits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from meshboard.domain.commands import (
    AcceptClaim,
    Command,
    ConfirmClaim,
    DeliverClaim,
    PublishPost,
    ReleaseClaim,
)
from meshboard.domain.entries import PostPublished
from meshboard.domain.ids import AuthorId, CircleId, PostId, normal_code, post_code
from meshboard.domain.merge import PostRecord
from meshboard.domain.people import Actor
from meshboard.domain.posts import PostContent
from meshboard.domain.rules import decide
from meshboard.domain.standing import PostStanding, stand
from meshboard.domain.text import shown_line
from meshboard.domain.views import Board, BoardQuery, Me, Measure, PostView, StationView, StatusView
from meshboard.errors import RuleError
from meshboard.ledger.posts import BoardRow, Scope
from meshboard.link import MAX_FRAME_BYTES
from meshboard.station.desk import Desk
from meshboard.station.invites import InviteView, view_invite
from meshboard.station.report import StationReport, read_report
from meshboard.station.viewing import Viewpoint, view_post
from meshboard.sync.airtime import PRESETS, lora_frame_bytes, time_on_air_s
from meshboard.wire.packer import Surroundings, measure, too_long_sentence


@dataclass(frozen=True, slots=True)
class CircleView:
    """A circle this machine is in."""

    id: CircleId
    name: str
    channel: str
    region: str
    preset: str
    slot: int
    stations: int
    """Stations that have introduced themselves, this one included."""


class Radio(Protocol):
    """What a service asks about the process that drives the radio."""

    @property
    def is_owner(self) -> bool:
        """Say whether that is this process."""
        ...

    def someone_owns(self) -> bool:
        """Say whether any process drives the radio."""
        ...

    def report(self) -> StationReport | None:
        """Return the report if this process drives the radio, else None."""
        ...


class Service:
    """A board for one front end. Quick and synchronous: call it on the thread that opened the ledger."""

    def __init__(self, desk: Desk, radio: Radio) -> None:
        self._desk = desk
        self._radio = radio
        self._listeners: list[Callable[[], None]] = []
        here = desk.log.author
        self.me = Me(desk.member, shown_line(desk.ledger.stations.name(desk.circle.id, here) or "me"))

    def now(self) -> int | None:
        """Return Unix seconds as this station knows them, None while it has no believable time."""
        return self._desk.clock.wall_s()

    def run(self, command: Command) -> PostView:
        """Do what a person asks for: decide, commit, and return the post as it is now.

        Raises RuleError or LedgerError when it cannot be done or stored; nothing has changed then.
        """
        concerned = self._concerned_post(command)
        fact = decide(command, self._desk.log.author, self._stand(concerned) if concerned else None)
        used_bytes = measure(fact, Surroundings(command.actor.kind)).frame_bytes
        if used_bytes > MAX_FRAME_BYTES:
            raise RuleError(f"{too_long_sentence(used_bytes - MAX_FRAME_BYTES)} Nothing was lost.")
        signed = self._desk.write(fact, command.actor)
        self.tell_listeners()
        post = PostId(signed.entry.id) if isinstance(fact, PostPublished) else concerned
        assert post is not None, "every command but PublishPost concerns a post"
        return self.post(post, command.actor)

    def board(self, query: BoardQuery, viewer: Actor | None = None) -> Board:
        """Return the posts that match, most pressing first, then newest."""
        posts = self._desk.ledger.posts
        scope = Scope(self._desk.circle.id, viewer or self._desk.member, self.now())
        rows = posts.board(query, scope, query.limit)
        total = len(rows) if query.limit is None else posts.count(query, scope)
        eye = self._viewpoint(viewer, [row.record.id for row in rows], _codes(rows))
        return Board(
            posts=tuple(view_post(row.record, eye) for row in rows),
            total=total,
            live_total=posts.count(BoardQuery(), scope),
        )

    def post(self, post: PostId, viewer: Actor | None = None) -> PostView:
        """Return one post with its history; RuleError when it is not here."""
        record, _ = self._stand(post)
        code = self._desk.ledger.posts.code_of(post, self.now()) or post_code(post)
        return view_post(record, self._viewpoint(viewer, [post], {post: code}), with_history=True)

    def find(self, typed_code: str, viewer: Actor | None = None) -> PostView:
        """Return the post a typed code means; RuleError when there is none or several."""
        shown = shown_line(typed_code.strip())
        if normal_code(typed_code) is None:
            raise RuleError(f"“{shown}” is not a code. Codes are 4 letters and digits, such as K7Q2.")
        found = self._desk.ledger.posts.find_by_code(typed_code, self.now())
        if not found:
            raise RuleError(f"There is no post {shown.upper()} here. Look at the list for its code.")
        if len(found) > 1:
            longer = " or ".join(post_code(post, 5) for post in found)
            raise RuleError(f"Several posts share {shown.upper()}. Say the fifth letter too: {longer}.")
        return self.post(found[0], viewer)

    def measure(self, content: PostContent) -> Measure:
        """Return how a post being written fits one frame; RuleError for words that cannot be sent."""
        used_bytes = measure(PostPublished(content)).frame_bytes
        preset = PRESETS[self._desk.circle.plan.preset]
        return Measure(
            used_bytes=used_bytes,
            limit_bytes=MAX_FRAME_BYTES,
            over_bytes=max(0, used_bytes - MAX_FRAME_BYTES),
            airtime_s=time_on_air_s(lora_frame_bytes(min(used_bytes, MAX_FRAME_BYTES)), preset),
        )

    def invite(self) -> InviteView:
        """Return the circle's invite, to show to people who are trusted."""
        return view_invite(self._desk.circle)

    def circles(self) -> tuple[CircleView, ...]:
        """Return the circles this machine is in."""
        ledger = self._desk.ledger
        return tuple(
            CircleView(
                id=circle.id,
                name=circle.name,
                channel=circle.channel_name,
                region=circle.plan.region,
                preset=circle.plan.preset,
                slot=circle.plan.slot,
                stations=len(ledger.stations.names(circle.id)),
            )
            for circle in ledger.circles.all()
        )

    def status(self) -> StatusView:
        """Return how this station, its link and its mesh are."""
        report = self._radio.report() or read_report(self._desk.ledger.stations.status())
        stations = self._stations()
        runs = self._radio.someone_owns()
        heard = [station.last_heard_at for station in stations if station.last_heard_at is not None]
        return StatusView(
            circle_id=self._desk.circle.id,
            circle_name=self._desk.circle.name,
            name=self.me.name,
            is_owner=self._radio.is_owner,
            station_runs=runs,
            link=report.link.state.value if runs else "no station running",
            link_detail=(report.trouble or report.link.detail) if runs else "",
            node_name=report.link.node_name,
            channel_utilisation=report.link.channel_utilisation,
            to_send=len(self._desk.own_entries_after(self._desk.sent_through())),
            last_heard_at=max(heard, default=None),
            stations=stations,
            rejected=dict(report.rejected),
            clock_is_sure=self.now() is not None,
        )

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after the ledger or the link changed; returns what ends it."""
        self._listeners.append(callback)

        def end() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return end

    def tell_listeners(self) -> None:
        """Say that something changed."""
        for callback in list(self._listeners):
            callback()

    def _concerned_post(self, command: Command) -> PostId | None:
        match command:
            case PublishPost():
                return None
            case AcceptClaim() | ReleaseClaim() | DeliverClaim() | ConfirmClaim():
                return self._desk.ledger.posts.post_of(command.claim)
            case _:
                return command.post

    def _stand(self, post: PostId) -> tuple[PostRecord, PostStanding]:
        record = self._desk.ledger.posts.record(post)
        if record is None:
            raise RuleError("There is no such post on this board. Look at the list and try its code again.")
        return record, stand(record, self.now())

    def _viewpoint(self, viewer: Actor | None, posts: list[PostId], codes: Mapping[PostId, str]) -> Viewpoint:
        desk = self._desk
        heard_by = desk.ledger.stations.heard_by(desk.circle.id, posts)
        return Viewpoint(
            own_log=desk.log,
            viewer=viewer or desk.member,
            station_names=desk.ledger.stations.names(desk.circle.id),
            now_s=self.now(),
            codes=codes,
            heard_by=heard_by,
            sent_through=desk.sent_through(),
        )

    def _stations(self) -> tuple[StationView, ...]:
        desk = self._desk
        names = desk.ledger.stations.names(desk.circle.id)
        peers = {peer.author: peer for peer in desk.ledger.stations.peers(desk.circle.id)}
        counts = _entries_by_author(desk)
        last_seq = desk.ledger.last_seq()
        others = (set(names) | set(peers) | set(counts)) - {desk.log.author}
        views = [
            StationView(
                author=author,
                name=shown_line(names.get(author, "a station not yet introduced")),
                last_heard_at=peers[author].last_heard_s if author in peers else None,
                agrees=author in peers and peers[author].agreed_seq >= last_seq,
                entries=counts.get(author, 0),
            )
            for author in others
        ]
        return tuple(sorted(views, key=lambda view: (-(view.last_heard_at or 0), view.name)))


def _codes(rows: tuple[BoardRow, ...]) -> dict[PostId, str]:
    return {row.record.id: row.code for row in rows}


def _entries_by_author(desk: Desk) -> dict[AuthorId, int]:
    counts: dict[AuthorId, int] = {}
    for log, held in desk.ledger.store(desk.circle.id).holdings().items():
        counts[log.author] = counts.get(log.author, 0) + held.count
    return counts
