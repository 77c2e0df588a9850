"""The service: what every front end acts through. Reads views, runs commands, commits."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from meshboard.domain.commands import (
    AcceptClaim,
    Command,
    ConfirmClaim,
    DeliverClaim,
    PublishPost,
    ReleaseClaim,
)
from meshboard.domain.entries import PostPublished, SignedEntry
from meshboard.domain.ids import PostId, normal_code, post_code
from meshboard.domain.merge import PostRecord
from meshboard.domain.people import Actor, TextId
from meshboard.domain.posts import PostContent
from meshboard.domain.rules import decide
from meshboard.domain.standing import PostStanding, stand
from meshboard.domain.text import shown_line
from meshboard.domain.views import Board, BoardQuery, Me, Measure, PostView, StatusView, Visit
from meshboard.errors import LedgerBusy, RuleError, SavedUnseen
from meshboard.ledger.board.post_search import BoardRow
from meshboard.station.air.airtime_log import moment_of
from meshboard.station.board.airtime_view import AirtimeView, view_airtime
from meshboard.station.board.contacts import ContactDesk, clean_contact
from meshboard.station.board.moderation import Hidden, Moderation
from meshboard.station.board.pick_ups import PickUpDesk, new_walk_up
from meshboard.station.board.status import view_status
from meshboard.station.board.viewing import view_post
from meshboard.station.board.viewpoint import Viewpoint
from meshboard.station.circle.circle_service import CircleService, Radio
from meshboard.station.circle.desk import Desk
from meshboard.station.process.real_clock import boot_name
from meshboard.station.running.forget_hourly import no_such_post, post_is_gone
from meshboard.sync.air.time_on_air import PRESETS, lora_frame_bytes, time_on_air_s
from meshboard.wire.packer import Surroundings, measure, too_long_sentence


class Service(CircleService):
    """One circle's board for one front end. Quick: call it on the thread that opened the ledger."""

    def __init__(self, desk: Desk, radio: Radio) -> None:
        super().__init__(desk, radio)
        self.contacts = ContactDesk(desk)
        self.pick_ups = PickUpDesk(desk)
        self.moderation = Moderation(desk)
        here = desk.log.author
        self.me = Me(desk.member, shown_line(desk.ledger.stations.name(desk.circle.id, here) or "me"))

    def now(self) -> int | None:
        """Return Unix seconds as this station knows them, None while it has no believable time."""
        return self._desk.clock.wall_s()

    def run(self, command: Command, asked_by: tuple[TextId, ...] = ()) -> PostView:
        """Do what a person asks for: decide, commit, and return the post as it is now.

        `asked_by` are the handheld's texts that ask, none for every other way.

        Raises RuleError or LedgerError when it cannot be done or stored; nothing has changed then, unless it
        is SavedUnseen.
        """
        with self._desk.writing() as own:
            post, signed = self._decide(command)
            for text in asked_by:
                own.keep_text(text)
            written = PostId(own.write(signed).entry.id)
        post = post or written
        with _saved(f"{post_code(post)} is saved, but what follows from it is not seen to yet"):
            self.moderation.note_done(command)
            with self._desk.ledger.reading():
                is_settled, view = not self.contacts.due(), self.post(post, command.actor)
            if not is_settled:
                self.contacts.settle()
                view = self.post(post, command.actor)
            self.tell_listeners()
            return view

    def _decide(self, command: Command) -> tuple[PostId | None, Callable[[int, int], SignedEntry]]:
        """Return which post a command concerns, None for a new one, and what signs the fact it comes to."""
        concerned = self._concerned_post(command)
        stood = self._stand(concerned) if concerned else None
        fact = decide(command, self._desk.log.author, stood)
        around = Surroundings(command.actor.kind, max_frame_bytes=self._desk.max_frame_bytes)
        if (left_bytes := measure(fact, around).left_bytes) < 0:
            raise RuleError(f"{too_long_sentence(-left_bytes)} Nothing was lost.")
        record = stood[0] if stood else None
        self.moderation.refuse_beyond(command, record)
        self.contacts.prepare(command, record)
        return concerned, self._desk.signing(fact, command.actor)

    def was_done(self, text: TextId) -> bool:
        """Say whether a handheld's text was acted on already, within a day."""
        return self._desk.ledger.done_texts.has(self._desk.circle.id, text)

    def publish(
        self,
        content: PostContent,
        contact: str = "",
        *,
        accepts_members: bool = False,
        actor: Actor | None = None,
        signed_as: str = "",
    ) -> PostView:
        """Put a post up; the contact stays here until the poster accepts a claim (`station.board.contacts`).

        `accepts_members`: the first member who takes it is accepted without asking. `actor` None = the
        station's own member. Raises RuleError or LedgerError; nothing has changed then.
        """
        words = clean_contact(contact) if contact.strip() else ""
        who = actor or self.me.actor
        said = replace(content, has_contact=bool(words))
        post = self.run(PublishPost(actor=who, content=said, signed_as=signed_as))
        with _saved(
            f"{post.code} is on the board, but its contact may not be kept: look, and add it with edit"
        ):
            if words:
                self.contacts.give(post.id, words, who, accepts_members=accepts_members)
            return self.post(post.id, who)

    def publish_for_walk_up(
        self, content: PostContent, signed_as: str = "", contact: str = ""
    ) -> tuple[PostView, str]:
        """Put a post up for somebody who walked up; return it with their pick-up code, to be shown once."""
        walk_up = new_walk_up()
        post = self.publish(content, contact, actor=walk_up, signed_as=signed_as)
        with _saved(f"{post.code} is on the board, but without a pick-up code: act for them here"):
            return post, self.pick_ups.issue(post.id, walk_up)

    def pick_up(self, typed_code: str, pick_up_code: str) -> Visit:
        """Return the walk-up who has this pick-up code: front ends act as them until they leave.

        Takes a tenth of a second on a small machine. Raises RuleError for a wrong one, which is counted.
        """
        post = self.find(typed_code).id
        walk_up = self.pick_ups.find(post, pick_up_code)
        return Visit(walk_up, self.post(post, walk_up))

    def board(self, query: BoardQuery, viewer: Actor | None = None) -> Board:
        """Return the posts that match, in the order of `Board`."""
        posts = self._desk.ledger.posts
        hidden = self.moderation.scope(viewer or self._desk.member, self.now())
        rows = posts.board(query, hidden.scope, query.limit)
        total = len(rows) if query.limit is None else posts.count(query, hidden.scope)
        eye = self._viewpoint(viewer, [row.record.id for row in rows], _codes(rows), hidden)
        kept = {contact.post: contact for contact in self._desk.ledger.contacts.all(self._desk.circle.id)}
        every = posts.count(replace(query, with_hidden=True), hidden.scope) if hidden.any else total
        return Board(
            posts=tuple(view_post(row.record, eye, kept=kept.get(row.record.id)) for row in rows),
            total=total,
            live_total=posts.count(BoardQuery(), hidden.scope),
            hidden=self.moderation.hidden_words(hidden, is_left_out=every > total),
            hidden_count=every - total,
        )

    def post(self, post: PostId, viewer: Actor | None = None) -> PostView:
        """Return one post with its history; RuleError when it is not here."""
        record, _ = self._stand(post)
        code = self._desk.ledger.posts.code_of(post, self.now()) or post_code(post)
        who = viewer or self._desk.member
        eye = self._viewpoint(viewer, [post], {post: code}, self.moderation.scope(who, self.now()))
        kept, contact = self.contacts.kept(post), self.contacts.read(record, who)
        return view_post(record, eye, with_history=True, kept=kept, contact=contact)

    def find(self, typed_code: str, viewer: Actor | None = None) -> PostView:
        """Return the post a typed code means; RuleError when there is none or several."""
        shown = shown_line(typed_code.strip())
        code = normal_code(typed_code)
        if code is None:
            raise RuleError(f"“{shown}” is not a code. Codes are 4 letters and digits, such as K7Q2.")
        found = self._desk.ledger.posts.find_by_code(typed_code, self.now())
        if not found:
            raise no_such_post(self._desk, shown.upper(), code)
        if len(found) > 1:
            longer = " or ".join(post_code(post, 5) for post in found)
            raise RuleError(f"Several posts share {shown.upper()}. Say the fifth letter too: {longer}.")
        return self.post(found[0], viewer)

    def has_code(self, typed_code: str) -> bool:
        """Say whether a word is the code of a post, or of several; quick, as any word of a text may be."""
        return bool(self._desk.ledger.posts.find_by_code(typed_code, self.now()))

    def measure(self, content: PostContent) -> Measure:
        """Return how a post being written fits one frame; RuleError for words that cannot be sent."""
        used_bytes, limit_bytes = measure(PostPublished(content)).frame_bytes, self._desk.max_frame_bytes
        preset = PRESETS[self._desk.circle.plan.preset]
        return Measure(
            used_bytes=used_bytes,
            limit_bytes=limit_bytes,
            over_bytes=max(0, used_bytes - limit_bytes),
            airtime_s=time_on_air_s(lora_frame_bytes(min(used_bytes, limit_bytes)), preset),
        )

    def status(self) -> StatusView:
        """Return how this station, its link and its mesh are."""
        name = self._desk.station_names().get(self._desk.log.author, self.me.name)
        return view_status(self._desk, self._radio, self.circle(), self.people(), name)

    def airtime(self) -> AirtimeView:
        """Return what the radio sent in the last hour, what is left of it, and what waits for it."""
        return view_airtime(self._desk, self._radio, moment_of(self._desk.clock, boot_name()))

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after the ledger or the link changed; returns what ends it."""
        self._listeners.append(callback)

        def end() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return end

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
            raise post_is_gone(self._desk, post)
        return record, stand(record, self.now())

    def _viewpoint(
        self, viewer: Actor | None, posts: list[PostId], codes: Mapping[PostId, str], hidden: Hidden
    ) -> Viewpoint:
        desk = self._desk
        heard_by = desk.ledger.stations.heard_by(desk.circle.id, posts)
        return Viewpoint(
            own_log=desk.log,
            viewer=viewer or desk.member,
            station_names=desk.station_names(),
            now_s=self.now(),
            codes=codes,
            heard_by=heard_by,
            sent_through=desk.sent_through(),
            beyond=hidden.beyond,
            muted=hidden.scope.muted,
        )


@contextmanager
def _saved(what: str) -> Iterator[None]:
    """Say of a busy ledger what is saved all the same, so that nobody does it twice."""
    try:
        yield
    except LedgerBusy as error:
        raise SavedUnseen(f"{what}. Another program keeps the ledger busy just now.") from error


def _codes(rows: tuple[BoardRow, ...]) -> dict[PostId, str]:
    return {row.record.id: row.code for row in rows}
