"""Conversation: one handheld's text in, the board's one-packet answer out."""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, assert_never

from meshboard.domain.commands import (
    AddNote,
    ClaimPost,
    Command,
    ConfirmClaim,
    DeliverClaim,
    PublishPost,
    ReleaseClaim,
    WithdrawPost,
)
from meshboard.domain.ids import PostId
from meshboard.domain.people import Actor
from meshboard.domain.posts import Category, PostKind, Quantity
from meshboard.domain.rules import MAX_NAME_BYTES
from meshboard.domain.standing import ClaimState, PostState
from meshboard.domain.text import shown_line
from meshboard.domain.views import Board, BoardQuery, PostView
from meshboard.errors import MeshboardError, RuleError
from meshboard.handheld import replies
from meshboard.handheld.grammar import parse
from meshboard.handheld.intents import (
    Cancel,
    Done,
    Drop,
    Help,
    Intent,
    ListPosts,
    More,
    My,
    Note,
    Publish,
    Show,
    Take,
    Thanks,
    Unclear,
    WhichOne,
)
from meshboard.handheld.paging import SIGN, pages, whole_characters
from meshboard.handheld.vocabulary import UNIT_OF

MAX_PER_MINUTE = 10  # nodes send at most one text in 2 s; nobody types faster than one in 6 s for long
MAX_UNCLEAR_IN_A_ROW = 3  # then silence until something is understood: it may be a machine
REPEAT_S = 60.0  # apps and impatient people send the same again within a minute
MORE_LASTS_S = 1800.0  # half an hour later a list is another list
MAX_SENDERS = 200  # more than a mesh of nodes in reach; about 20 kB each at the very worst
MAX_LISTED = 60  # 20 packets; whoever wants more asks for a category
_OTHER_BOTS = ("🤖", "[bot]", "bot:", "auto-reply", "autoreply", "💾", "📰")
_ACTING = (Publish, Take, Done, Drop, Cancel, Note)


@dataclass(frozen=True, slots=True)
class HandheldSender:
    """Who wrote, as the station knows them."""

    actor: Actor
    name: str
    """The node's long name, as it came from the air."""


class BoardService(Protocol):
    """What a conversation needs of `station.service`."""

    def run(self, command: Command) -> PostView:
        """Do what was asked, or raise RuleError."""
        ...

    def board(self, query: BoardQuery, viewer: Actor | None = None) -> Board:
        """List posts as the viewer sees them."""
        ...

    def post(self, post: PostId, viewer: Actor | None = None) -> PostView:
        """Show one post with its history."""
        ...

    def find(self, typed_code: str, viewer: Actor | None = None) -> PostView:
        """Show the post with a code, or raise RuleError when there is none or more than one."""
        ...

    def now(self) -> int | None:
        """Return Unix seconds as well as they are known."""
        ...


@dataclass(slots=True)
class _Memory:
    """What is remembered of one sender, in memory only."""

    heard_at: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_PER_MINUTE + 1))
    is_warned: bool = False
    unclear_in_a_row: int = 0
    left: tuple[str, ...] = ()
    left_at: float = 0.0
    acted_on: str = ""
    acted_at: float = 0.0
    answered: str = ""
    last_post: str | None = None
    """The code of the sender's last post made here."""


class Conversation:
    """Answers handhelds for one station; `monotonic_s` is the station's clock for spans of time."""

    def __init__(self, service: BoardService, monotonic_s: Callable[[], float]) -> None:
        self._service = service
        self._monotonic_s = monotonic_s
        self._memories: OrderedDict[Actor, _Memory] = OrderedDict()

    def answer(self, text: str, sender: HandheldSender) -> str | None:
        """Do what a message asks for and return the answer to send, None where silence is best."""
        now = self._monotonic_s()
        words = " ".join(text.split())
        if not words or _is_from_a_bot(words):
            return None
        memory = self._remember(sender.actor)
        memory.heard_at.append(now)
        if self._is_too_much(memory, now):
            return self._warn_once(memory)
        memory.is_warned = False
        if words == memory.acted_on and now - memory.acted_at < REPEAT_S:
            return memory.answered
        return self._answer_anew(words, sender, memory, now)

    def _answer_anew(self, words: str, sender: HandheldSender, memory: _Memory, now: float) -> str | None:
        intent = parse(words)
        if isinstance(intent, Thanks):
            return None
        memory.unclear_in_a_row = memory.unclear_in_a_row + 1 if isinstance(intent, Unclear) else 0
        if memory.unclear_in_a_row > MAX_UNCLEAR_IN_A_ROW:
            return None
        if isinstance(intent, More):
            return _next_page(memory, now)
        is_done = False
        try:
            lines = _Turn(self._service, sender, memory).take(intent)
            is_done = isinstance(intent, _ACTING)
        except MeshboardError as refused:
            lines = replies.refusal(str(refused))
        first, *rest = pages(lines)
        memory.left, memory.left_at = tuple(rest), now
        if is_done:
            memory.acted_on, memory.acted_at, memory.answered = words, now, first
        return first

    def _remember(self, actor: Actor) -> _Memory:
        memory = self._memories.setdefault(actor, _Memory())
        self._memories.move_to_end(actor)
        if len(self._memories) > MAX_SENDERS:
            self._memories.popitem(last=False)
        return memory

    def _is_too_much(self, memory: _Memory, now: float) -> bool:
        return len(memory.heard_at) > MAX_PER_MINUTE and now - memory.heard_at[0] < 60

    def _warn_once(self, memory: _Memory) -> str | None:
        if memory.is_warned:
            return None
        memory.is_warned = True
        return pages(replies.TOO_MANY)[0]


def _is_from_a_bot(words: str) -> bool:
    return words.startswith(SIGN.strip()) or words.casefold().startswith(_OTHER_BOTS)


def _next_page(memory: _Memory, now: float) -> str:
    if not memory.left or now - memory.left_at > MORE_LASTS_S:
        return pages(replies.NOTHING_MORE)[0]
    first, *rest = memory.left
    memory.left = tuple(rest)
    return first
