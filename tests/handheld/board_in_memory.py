"""A board of one or more stations in memory: the real rules, merge and views, without a ledger."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from meshboard.domain.commands import (
    AcceptClaim,
    AddNote,
    ClaimPost,
    Command,
    ConfirmClaim,
    DeliverClaim,
    EditPost,
    FlagPost,
    PublishPost,
    ReleaseClaim,
    WithdrawPost,
)
from meshboard.domain.entries import Entry, LogId
from meshboard.domain.ids import PostId, normal_code, post_code
from meshboard.domain.merge import PostRecord, merge
from meshboard.domain.people import Actor, ActorKind, TextId
from meshboard.domain.posts import PostContent
from meshboard.domain.rules import decide
from meshboard.domain.standing import stand
from meshboard.domain.views import Board, BoardQuery, PostView
from meshboard.errors import RuleError
from meshboard.handheld.conversation import Conversation
from meshboard.handheld.paging import MAX_ANSWER_BYTES
from meshboard.station.board.viewing import view_post
from meshboard.station.board.viewpoint import Viewpoint
from meshboard.station.texts.texts import HandheldSender
from tests.support.entries.unsigned import NOON, Author

ANA = HandheldSender(Actor(ActorKind.HANDHELD, b"ana-node"), "Ana's node")
BO = HandheldSender(Actor(ActorKind.HANDHELD, b"bo--node"), "Bo")


@dataclass
class BoardInMemory:
    """Stands for `station.board.service`; stations that share `entries` have heard everything."""

    station: Author = field(default_factory=lambda: Author("Hall kiosk"))
    entries: list[Entry] = field(default_factory=list)
    now_s: int = NOON
    done: set[TextId] = field(default_factory=set)

    def publish(self, content: PostContent) -> PostView:
        return self.run(PublishPost(actor=self.station.actor, content=content))

    def reading(self) -> AbstractContextManager[object]:
        return nullcontext()

    def was_done(self, text: TextId) -> bool:
        return text in self.done

    def run(self, command: Command, asked_by: tuple[TextId, ...] = ()) -> PostView:
        record = self._record(self._subject(command))
        standing = (record, stand(record, self.now_s)) if record else None
        fact = decide(command, self.station.id, standing)
        self.station.count = len(self.entries)
        self.station.time_s = self.now_s
        entry = self.station.write(fact, command.actor)
        self.entries.append(entry)
        self.done.update(asked_by)
        return self.post(record.id if record else PostId(entry.id), command.actor)

    def board(self, query: BoardQuery, viewer: Actor | None = None) -> Board:
        views = [self.post(post, viewer) for post in merge(self.entries)]
        found = [view for view in views if self._matches(view, query)]
        found.sort(key=lambda view: -view.content.urgency)
        live = sum(view.standing.state.is_live for view in views)
        return Board(tuple(found[: query.limit]), len(found), live)

    def post(self, post: PostId, viewer: Actor | None = None) -> PostView:
        record = self._record(post)
        assert record is not None
        return view_post(record, self._eye(viewer), with_history=True)

    def find(self, typed_code: str, viewer: Actor | None = None) -> PostView:
        code = normal_code(typed_code)
        found = [post for post in merge(self.entries) if code and post_code(post).startswith(code[:4])]
        if len(found) != 1:
            raise RuleError(f"There is no post {typed_code} on this board. Look at the list for its code.")
        return self.post(found[0], viewer)

    def has_code(self, typed_code: str) -> bool:
        code = normal_code(typed_code)
        return any(code and post_code(post).startswith(code[:4]) for post in merge(self.entries))

    def now(self) -> int | None:
        return self.now_s

    def _matches(self, view: PostView, query: BoardQuery) -> bool:
        mine = view.is_mine or view.my_claim is not None
        return (
            view.standing.state.is_live
            and (not query.kinds or view.content.kind in query.kinds)
            and (not query.categories or view.content.category in query.categories)
            and (mine or not query.mine_only)
        )

    def _record(self, post: PostId | None) -> PostRecord | None:
        return merge(self.entries).get(post) if post else None

    def _subject(self, command: Command) -> PostId | None:
        match command:
            case PublishPost():
                return None
            case EditPost() | WithdrawPost() | AddNote() | ClaimPost() | FlagPost():
                return command.post
            case AcceptClaim() | ReleaseClaim() | DeliverClaim() | ConfirmClaim():
                records = merge(self.entries).values()
                return next(r.id for r in records if any(c.id == command.claim for c in r.claims))

    def _eye(self, viewer: Actor | None) -> Viewpoint:
        return Viewpoint(
            own_log=LogId(self.station.id),
            viewer=viewer or self.station.actor,
            station_names={self.station.id: self.station.name},
            now_s=self.now_s,
            codes={post: post_code(post) for post in merge(self.entries)},
            heard_by={},
            sent_through=len(self.entries),
        )


@dataclass
class Talk:
    """A conversation with a board whose clock moves only when told to, a minute between messages."""

    board: BoardInMemory = field(default_factory=BoardInMemory)
    seconds: float = 0.0
    conversation: Conversation = field(init=False)

    def __post_init__(self) -> None:
        self.conversation = Conversation(self.board, lambda: self.seconds)

    def ask(self, text: str, sender: HandheldSender = ANA, after_s: float = 61.0) -> str:
        answer = self.ask_softly(text, sender, after_s)
        assert answer is not None
        assert len(answer.encode()) <= MAX_ANSWER_BYTES
        return answer

    def ask_softly(self, text: str, sender: HandheldSender = ANA, after_s: float = 61.0) -> str | None:
        self.seconds += after_s
        answer = self.conversation.answer(text, sender)
        return answer.text if answer else None

    def only_post(self) -> PostView:
        (post,) = self.board.board(BoardQuery()).posts
        return self.board.post(post.id)
