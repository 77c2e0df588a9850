"""Conversation: one handheld's text in, the board's one-packet answer out.

Keeps what it must of each sender in memory only: pages not yet asked for, the question that is open, the
last thing done, how much came in. A repeated packet does nothing twice, and two machines never talk to each
other for long.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from meshboard.domain.ids import PostId
from meshboard.domain.people import Actor
from meshboard.errors import MeshboardError
from meshboard.handheld import replies
from meshboard.handheld.guard import read
from meshboard.handheld.intents import (
    Cancel,
    Done,
    Drop,
    Intent,
    More,
    No,
    Noise,
    Note,
    Publish,
    ReadBack,
    Take,
    Thanks,
    Unclear,
    Yes,
)
from meshboard.handheld.paging import SIGN, pages
from meshboard.handheld.turns import BoardService, Turn
from meshboard.handheld.wiping import Wiper, answer_wipe
from meshboard.station.texts import Answer, AnswerKind, HandheldSender

MAX_PER_MINUTE = 10  # nodes send at most one text in 2 s; nobody types faster than one in 6 s for long
MAX_UNCLEAR_IN_A_ROW = 3  # then silence until something is understood: it may be a machine
REPEAT_S = 60.0  # apps and impatient people send the same again within a minute
MORE_LASTS_S = 1800.0  # half an hour later a list is another list
QUESTION_LASTS_S = 600.0  # twice as long as its answer may wait for air (`station.waiting_answers`)
MAX_SENDERS = 200  # more than a mesh of nodes in reach; about 20 kB each at the very worst
_OTHER_BOTS = ("🤖", "[bot]", "bot:", "auto-reply", "autoreply", "💾", "📰")
_ACTING = (Publish, Take, Done, Drop, Cancel, Note)


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
    asked: Intent | None = None
    """What a yes does; only the newest question is open."""
    question: str = ""
    asked_at: float = 0.0
    last_post: PostId | None = None
    """The sender's last post made here."""


class Conversation:
    """Answers handhelds for one station; `monotonic_s` is the station's clock for spans of time."""

    def __init__(
        self, service: BoardService, monotonic_s: Callable[[], float], wiper: Wiper | None = None
    ) -> None:
        self._service = service
        self._wiper = wiper
        self._monotonic_s = monotonic_s
        self._memories: OrderedDict[Actor, _Memory] = OrderedDict()

    def answer(self, text: str, sender: HandheldSender) -> Answer | None:
        """Do what a message asks for and return the answer to send, None where silence is best."""
        now = self._monotonic_s()
        words = " ".join(text.split())
        if not words or _is_from_a_bot(words):
            return None
        if (said := answer_wipe(self._wiper, words, sender.actor)) is not None:
            return said
        memory = self._remember(sender.actor)
        memory.heard_at.append(now)
        if self._is_too_much(memory, now):
            return self._warn_once(memory)
        memory.is_warned = False
        if words == memory.acted_on and now - memory.acted_at < REPEAT_S:
            return Answer(memory.answered)
        return self._answer_anew(words, sender, memory, now)

    def _answer_anew(self, words: str, sender: HandheldSender, memory: _Memory, now: float) -> Answer | None:
        intent = read(words)
        if memory.asked is not None and now - memory.asked_at > QUESTION_LASTS_S:
            memory.asked = None
        is_nod = isinstance(intent, Thanks)
        if isinstance(intent, Noise) or (is_nod and memory.asked is None):
            return None
        if isinstance(intent, Yes) and memory.asked is not None:
            intent = memory.asked
        if self._says_nothing_new(intent, memory):
            return None
        if is_nod:
            return Answer(memory.question)  # `ok` may think that it is done: no cry is lost in a nod
        if isinstance(intent, More):
            return Answer(_next_page(memory, now), AnswerKind.PAGE)
        return self._do(intent, words, sender, memory, now)

    def _says_nothing_new(self, intent: Intent, memory: _Memory) -> bool:
        """Count what leads nowhere, and say whether it is time for silence."""
        is_asked_again = isinstance(intent, ReadBack) and memory.asked == intent.act
        leads_nowhere = is_asked_again or isinstance(intent, Unclear | Thanks | Yes | No)
        memory.unclear_in_a_row = memory.unclear_in_a_row + 1 if leads_nowhere else 0
        return memory.unclear_in_a_row > MAX_UNCLEAR_IN_A_ROW

    def _do(self, intent: Intent, words: str, sender: HandheldSender, memory: _Memory, now: float) -> Answer:
        lines, is_done = self._take_turn(intent, sender, memory, now)
        first, *rest = pages(lines)
        memory.left, memory.left_at = tuple(rest), now
        if is_done:
            memory.acted_on, memory.acted_at, memory.answered = words, now, first
            memory.asked = None
        if isinstance(intent, ReadBack):
            memory.acted_on, memory.question = "", first  # the next yes is another one
        is_told = isinstance(intent, (*_ACTING, ReadBack))
        return Answer(first, AnswerKind.DONE if is_told else AnswerKind.SHOWN)

    def _take_turn(
        self, intent: Intent, sender: HandheldSender, memory: _Memory, now: float
    ) -> tuple[Sequence[str], bool]:
        """Return the lines of the answer, and whether something was done that must not be done twice."""
        turn = Turn(self._service, sender, memory.last_post)
        try:
            if isinstance(intent, (*_ACTING, Yes)) and turn.was_done():
                return replies.ALREADY_DONE, False
            if isinstance(intent, No) and memory.asked is not None:
                memory.asked = None
                return replies.LEFT, False
            if isinstance(intent, ReadBack):
                lines, memory.asked = turn.ask(intent)
                memory.asked_at = now
                return lines, False
            lines = turn.take(intent)
        except MeshboardError as refused:
            return replies.refusal(str(refused)), False
        memory.last_post = turn.last_post
        return lines, isinstance(intent, _ACTING)

    def _remember(self, actor: Actor) -> _Memory:
        memory = self._memories.setdefault(actor, _Memory())
        self._memories.move_to_end(actor)
        if len(self._memories) > MAX_SENDERS:
            self._memories.popitem(last=False)
        return memory

    def _is_too_much(self, memory: _Memory, now: float) -> bool:
        return len(memory.heard_at) > MAX_PER_MINUTE and now - memory.heard_at[0] < 60

    def _warn_once(self, memory: _Memory) -> Answer | None:
        if memory.is_warned:
            return None
        memory.is_warned = True
        return Answer(pages(replies.TOO_MANY)[0])


def _is_from_a_bot(words: str) -> bool:
    return words.startswith(SIGN.strip()) or words.casefold().startswith(_OTHER_BOTS)


def _next_page(memory: _Memory, now: float) -> str:
    if not memory.left or now - memory.left_at > MORE_LASTS_S:
        return pages(replies.NOTHING_MORE)[0]
    first, *rest = memory.left
    memory.left = tuple(rest)
    return first
