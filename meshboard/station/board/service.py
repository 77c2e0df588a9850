"""The service: what every front end acts through. Reads views, runs commands, commits."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from meshboard.domain.commands import (
    AcceptClaim,
    Command,
    ConfirmClaim,
    DeliverClaim,
    PublishPost,
    ReleaseClaim,
)
from meshboard.domain.entries import Fact, PostPublished
from meshboard.domain.ids import PostId, normal_code, post_code
from meshboard.domain.merge import PostRecord
from meshboard.domain.people import Actor, TextId
from meshboard.domain.posts import PostContent
from meshboard.domain.rules import decide
from meshboard.domain.standing import PostStanding, stand
from meshboard.domain.text import shown_line
from meshboard.domain.views import Board, BoardQuery, FrameFit, Me, PostView, Visit
from meshboard.errors import LedgerBusy, RuleError, SavedUnseen
from meshboard.figures import DAY_S, KEPT_AFTER_S
from meshboard.ledger.board.post_search import BoardRow
from meshboard.station.air.airtime_log import moment_of
from meshboard.station.board.airtime_view import AirtimeView, view_airtime
from meshboard.station.board.contacts import ContactDesk, clean_contact
from meshboard.station.board.moderation import Hidden, Moderation
from meshboard.station.board.pick_ups import PickUpDesk, new_walk_up
from meshboard.station.board.status import StatusView, view_status
from meshboard.station.board.viewing import view_post
from meshboard.station.board.viewpoint import Viewpoint
from meshboard.station.circle.circle_service import CircleService, RadioOwner
from meshboard.station.circle.desk import Desk
from meshboard.station.process.real_clock import boot_name
from meshboard.sync.air.time_on_air import PRESETS, lora_frame_bytes, time_on_air_s
from meshboard.wire.packer import Surroundings, measure, too_long_sentence


class Service:
    """One circle's board for one front end. Quick: call it on the thread that opened the ledger."""

    def __init__(self, desk: Desk, radio: RadioOwner) -> None:
        self._desk = desk
        self._radio = radio
        self._listeners: list[Callable[[], None]] = []
        self.circle = CircleService(desk, radio, self.tell_listeners)
        self.contacts = ContactDesk(desk)
        self.pick_ups = PickUpDesk(desk)
        self.moderation = Moderation(desk)
        self._circle = desk.circle.id
        self._plan = desk.circle.plan
        self._clock = desk.clock
        ledger = desk.ledger
        self._posts = ledger.posts
        self._forgetting = ledger.forgetting
        self._done_texts = ledger.done_texts
        self._stations = ledger.stations
        name = self._stations.name(self._circle, desk.author)
        self.me = Me(desk.member, shown_line(name or "me"))

    def now(self) -> int | None:
        """Return Unix seconds as this station knows them, None while it has no believable time."""
        return self._clock.wall_s()

    def run(self, command: Command, asked_by: tuple[TextId, ...] = ()) -> PostView:
        """Do what a person asks for: decide, commit, and return the post as it is now.

        `asked_by` are the handheld's texts that ask, none for every other way.

        Raises RuleError or LedgerError when it cannot be done or stored; nothing has changed then, unless it
        is SavedUnseen.
        """
        with self._desk.writing():
            post, fact = self._decide(command)
            for text in asked_by:
                self._done_texts.keep(self._circle, text, self.now())
            written = PostId(self._desk.write(fact, command.actor).entry.id)
        post = post or written
        with _saved(f"{post_code(post)} is saved, but what follows from it is not seen to yet"):
            self.moderation.note_done(command)
            with self.reading():
                is_settled, view = not self.contacts.due(), self.post(post, command.actor)
            if not is_settled:
                self.contacts.settle()
                view = self.post(post, command.actor)
            self.tell_listeners()
            return view

    def _decide(self, command: Command) -> tuple[PostId | None, Fact]:
        """Return which post a command concerns, None for a new one, and the fact it comes to."""
        concerned = self._concerned_post(command)
        stood = self._stand(concerned) if concerned else None
        fact = decide(command, self._desk.author, stood)
        around = Surroundings(command.actor.kind, max_frame_bytes=self._desk.read_frame_limit())
        if (left_bytes := measure(fact, around).left_bytes) < 0:
            raise RuleError(f"{too_long_sentence(-left_bytes)} Nothing was lost.")
        record = stood[0] if stood else None
        self.moderation.refuse_beyond(command, record)
        self.contacts.prepare(command, record)
        return concerned, fact

    def reading(self) -> AbstractContextManager[object]:
        """See the board at one moment: what is asked inside is one trip to the disk. Do nothing there."""
        return self._desk.ledger.reading()

    def was_done(self, text: TextId) -> bool:
        """Say whether a handheld's text was acted on already, within a day."""
        return self._done_texts.has(self._circle, text)

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
        with self.reading():
            hidden = self.moderation.scope(viewer or self._desk.member, self.now())
            rows = self._posts.board(query, hidden.scope, query.limit)
            total = len(rows) if query.limit is None else self._posts.count(query, hidden.scope)
            eye = self._viewpoint(viewer, [row.record.id for row in rows], _codes(rows), hidden)
            kept = self.contacts.all_kept()
            every = self._posts.count(replace(query, with_hidden=True), hidden.scope) if hidden.any else total
            return Board(
                posts=tuple(view_post(row.record, eye, kept=kept.get(row.record.id)) for row in rows),
                total=total,
                live_total=self._posts.count(BoardQuery(), hidden.scope),
                hidden=self.moderation.hidden_words(hidden, is_left_out=every > total),
                hidden_count=every - total,
            )

    def post(self, post: PostId, viewer: Actor | None = None) -> PostView:
        """Return one post with its history; RuleError when it is not here."""
        with self.reading():
            record, _ = self._stand(post)
            code = self._posts.code_of(post, self.now()) or post_code(post)
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
        with self.reading():
            found = self._posts.find_by_code(typed_code, self.now())
            if not found:
                raise self._no_such_post(shown.upper(), code)
            if len(found) > 1:
                longer = " or ".join(post_code(post, 5) for post in found)
                raise RuleError(f"Several posts share {shown.upper()}. Say the fifth letter too: {longer}.")
            return self.post(found[0], viewer)

    def has_code(self, typed_code: str) -> bool:
        """Say whether a word is the code of a post, or of several; quick, as any word of a text may be."""
        return bool(self._posts.find_by_code(typed_code, self.now()))

    def measure(self, content: PostContent) -> FrameFit:
        """Return how a post being written fits one frame; RuleError for words that cannot be sent."""
        used_bytes, limit_bytes = measure(PostPublished(content)).frame_bytes, self._desk.read_frame_limit()
        preset = PRESETS[self._plan.preset]
        return FrameFit(
            used_bytes=used_bytes,
            limit_bytes=limit_bytes,
            over_bytes=max(0, used_bytes - limit_bytes),
            airtime_s=time_on_air_s(lora_frame_bytes(min(used_bytes, limit_bytes)), preset),
        )

    def status(self) -> StatusView:
        """Return how this station, its link and its mesh are."""
        with self.reading():
            about = self.circle.circumstances()
            return view_status(self._desk, self._radio, about, self.circle.view(about).sentence)

    def station_runs(self) -> bool:
        """Say whether a station runs on this machine, by which what is written here goes out."""
        return self._radio.someone_owns()

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

    def tell_listeners(self) -> None:
        """Say that something changed."""
        for callback in list(self._listeners):
            callback()

    def _concerned_post(self, command: Command) -> PostId | None:
        match command:
            case PublishPost():
                return None
            case AcceptClaim() | ReleaseClaim() | DeliverClaim() | ConfirmClaim():
                return self._posts.post_of(command.claim)
            case _:
                return command.post

    def _stand(self, post: PostId) -> tuple[PostRecord, PostStanding]:
        record = self._posts.record(post)
        if record is None:
            raise self._gone(post)
        return record, stand(record, self.now())

    def _no_such_post(self, typed: str, code: str) -> RuleError:
        """Return why nothing is found under a code, `typed` as it is shown: perhaps it was forgotten.

        Of what was forgotten only the ids are kept, claims and notes among them. Where a thousand entries
        were forgotten, one mistyped code of a thousand is taken for one of them: so both are said.
        """
        forgotten = self._forgetting.ids(self._circle)
        if any(post_code(PostId(entry_id), len(code)) == code for entry_id in forgotten):
            return RuleError(f"{_kept_no_more(typed)} If {typed} is mistyped, look at the list for the code.")
        return RuleError(f"There is no post {typed} here. Look at the list for its code.")

    def _gone(self, post: PostId) -> RuleError:
        """Return why a post that was shown is not here."""
        if post in self._forgetting.ids(self._circle):
            return RuleError(_kept_no_more(post_code(post)))
        return RuleError("There is no such post on this board. Look at the list and try its code again.")

    def _viewpoint(
        self, viewer: Actor | None, posts: list[PostId], codes: Mapping[PostId, str], hidden: Hidden
    ) -> Viewpoint:
        desk = self._desk
        return Viewpoint(
            own_log=desk.read_log(),
            viewer=viewer or desk.member,
            station_names=desk.station_names(),
            now_s=self.now(),
            codes=codes,
            heard_by=self._stations.heard_by(self._circle, posts),
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


def _kept_no_more(code: str) -> str:
    days = KEPT_AFTER_S // DAY_S
    return f"{code} is no longer kept: posts are forgotten {days} days after they are over."


def _codes(rows: tuple[BoardRow, ...]) -> dict[PostId, str]:
    return {row.record.id: row.code for row in rows}
