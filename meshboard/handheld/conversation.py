"""Conversation: one handheld's text in, the board's one-packet answer out.

Keeps what it must of each sender in memory only: pages not yet asked for, up to three open questions, the
last thing done, the last answers, how much came in. A repeated packet does nothing twice, an echo of an
answer gets nothing, and two machines never talk to each other for long.
"""

import re
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from meshboard import figures
from meshboard.domain.ids import PostId
from meshboard.domain.people import Actor, TextId
from meshboard.domain.posts import PostKind, Urgency
from meshboard.domain.text import without_accents
from meshboard.errors import MeshboardError
from meshboard.handheld import replies
from meshboard.handheld.grammar import code_in
from meshboard.handheld.guard import read
from meshboard.handheld.intents import (
    Cancel,
    Done,
    Drop,
    Help,
    Intent,
    ListPosts,
    More,
    My,
    No,
    Noise,
    Note,
    Publish,
    ReadBack,
    Show,
    Take,
    Thanks,
    Unclear,
    WhichOne,
    Yes,
)
from meshboard.handheld.paging import SIGN, pages
from meshboard.handheld.turns import BoardService, TextTurn
from meshboard.handheld.vocabulary import KIND_OF, NO_FIRST, YES_FIRST, word_set
from meshboard.handheld.wipe_message import Wiper, answer_wipe
from meshboard.station.texts.texts import Answer, AnswerKind, HandheldSender

_OTHER_BOTS = ("🤖", "[bot]", "bot:", "auto-reply", "autoreply", "💾", "📰")
_BEGINS_YES = YES_FIRST | word_set("yea yess correct correcto")
_DO_IT = ("do it", "post it", "send it")
_NOS = NO_FIRST | word_set("dont not wait never espera")
_CHOOSING = YES_FIRST | NO_FIRST | word_set("its it is an a as the post es una un un please pls that thats")
_SAYS_NO = re.compile(r"\w+(?: (?:we|i|its|it|thats|that|thanks?|wait|sorry|ya|es|gracias|dont|not)\b.*)?$")
_ACTING = (Publish, Take, Done, Drop, Cancel, Note)


@dataclass(frozen=True, slots=True)
class _Question:
    """What the board asked a sender and waits for."""

    act: Intent
    """What a yes does."""
    read: ReadBack
    text: str
    asked_at: float
    text_id: TextId | None
    """The text that was asked about: once done, it is done."""

    @property
    def is_distress(self) -> bool:
        return _is_cry(self.act)

    def chosen(self, kind: PostKind) -> Intent | None:
        """Return the post as this kind, None where it was not asked which."""
        posts = [post for post in (self.act, self.read.otherwise) if isinstance(post, Publish)]
        return next((post for post in posts if post.content.kind is kind), None)


@dataclass(slots=True)
class _Memory:
    """What is remembered of one sender, in memory only."""

    heard_at: deque[float] = field(default_factory=lambda: deque(maxlen=figures.MAX_PER_MINUTE + 1))
    is_warned: bool = False
    unclear_in_a_row: int = 0
    left: tuple[str, ...] = ()
    left_at: float = 0.0
    acted_on: str = ""
    acted_at: float = 0.0
    answered: str = ""
    """How that was answered."""
    last_number: int = 0
    """What the node of the sender called the last text that was answered."""
    last_answer: str = ""
    questions: list[_Question] = field(default_factory=list)
    """Those open, the newest last."""
    said: deque[tuple[str, ...]] = field(default_factory=lambda: deque(maxlen=figures.ANSWERS_KNOWN))
    """What marks an echo of each of our last answers."""
    told: deque[tuple[float, str]] = field(default_factory=lambda: deque(maxlen=figures.MAX_PER_MINUTE))
    """Which kinds of answers led to nothing since something was done, and when."""
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
        self._memories: dict[bool, OrderedDict[Actor, _Memory]] = {True: OrderedDict(), False: OrderedDict()}
        """Senders with a key apart from bare numbers, which anybody can invent."""

    def answer(self, text: str, sender: HandheldSender) -> Answer | None:
        """Do what a message asks for and return the answer to send, None where silence is best."""
        now = self._monotonic_s()
        words = " ".join(text.split())
        if not words or _is_from_a_bot(words):
            return None
        if (said := answer_wipe(self._wiper, words, sender.actor)) is not None:
            return said
        memory = self._remember(sender)
        memory.heard_at.append(now)
        if self._is_too_much(memory, now):
            return self._warn_once(memory)
        memory.is_warned = False
        if sender.text_number and sender.text_number == memory.last_number:
            return Answer(memory.last_answer)
        if words == memory.acted_on and now - memory.acted_at < figures.REPEAT_S:
            return Answer(memory.answered)
        if _is_echo(words, memory):
            return None
        return self._answer_anew(words, sender, memory, now)

    def _answer_anew(self, words: str, sender: HandheldSender, memory: _Memory, now: float) -> Answer | None:
        turn = TextTurn(self._service, sender, memory.last_post)
        memory.questions = [
            asked for asked in memory.questions if now - asked.asked_at <= figures.QUESTION_LASTS_S
        ]
        question = memory.questions[-1] if memory.questions else None
        try:
            with self._service.reading():
                turn.look_whether_done()
                intent = read(words, turn.is_on_board)
                if question is not None:
                    intent = _answer_to(question, words, intent, turn.is_on_board)
        except MeshboardError as refused:
            return Answer(pages(replies.refusal(str(refused)))[0])
        if isinstance(intent, Noise) or (isinstance(intent, Thanks) and question is None):
            return None
        if self._leads_nowhere(intent, memory, now):
            return None
        if question is not None and isinstance(intent, Thanks | Unclear):
            # `ok` may think that it is done: no cry is lost in a nod, or in words that are not understood
            return self._told(question.text, AnswerKind.SHOWN, sender, memory, "")
        if isinstance(intent, More):
            return Answer(_next_page(memory, now), AnswerKind.PAGE)
        return self._do(intent, words, turn, sender, memory, now)

    def _leads_nowhere(self, intent: Intent, memory: _Memory, now: float) -> bool:
        """Count what leads nowhere, and say whether it is time for silence: never for a new cry."""
        is_asked_again = isinstance(intent, ReadBack) and any(q.read == intent for q in memory.questions)
        is_answer = isinstance(intent, No) and bool(memory.questions)
        leads_nowhere = is_asked_again or (isinstance(intent, Unclear | Thanks | Yes | No) and not is_answer)
        memory.unclear_in_a_row = memory.unclear_in_a_row + 1 if leads_nowhere else 0
        if memory.unclear_in_a_row > figures.MAX_UNCLEAR_IN_A_ROW:
            return True
        kind = _kind_told(intent)
        told = [1 for at, of in memory.told if of == kind and now - at < figures.TOLD_LASTS_S]
        return bool(kind) and len(told) >= figures.MAX_TOLD

    def _do(
        self, intent: Intent, words: str, turn: TextTurn, sender: HandheldSender, memory: _Memory, now: float
    ) -> Answer:
        question = memory.questions[-1] if memory.questions else None
        is_yes = question is not None and intent in (question.act, question.read.otherwise)
        is_answer = is_yes or (isinstance(intent, No) and question is not None)
        asked = question if is_answer else None
        lines, is_done = self._take_turn(intent, turn, asked, sender, memory, now)
        if is_answer and memory.questions:
            lines = _with_the_next(lines, memory, now)
        first, *rest = pages(lines)
        memory.left, memory.left_at = tuple(rest), now
        if is_done:
            memory.acted_on, memory.acted_at, memory.answered = words, now, first
            memory.told.clear()
        elif kind := _kind_told(intent):
            memory.told.append((now, kind))
        if isinstance(intent, ReadBack) or (is_answer and memory.questions and sender.text_id is not None):
            memory.acted_on = ""  # the next yes is another one
        if isinstance(intent, ReadBack) and memory.questions and memory.questions[-1].read == intent:
            memory.questions[-1] = replace(memory.questions[-1], text=first)
        is_told = isinstance(intent, (*_ACTING, ReadBack))
        tail = "" if isinstance(intent, ListPosts | My | Show) else first
        return self._told(first, AnswerKind.DONE if is_told else AnswerKind.SHOWN, sender, memory, tail)

    def _told(
        self, text: str, kind: AnswerKind, sender: HandheldSender, memory: _Memory, tail: str
    ) -> Answer:
        memory.last_answer, memory.last_number = text, sender.text_number
        memory.said.append(_marks_of(text, tail))
        return Answer(text, kind)

    def _take_turn(
        self,
        intent: Intent,
        turn: TextTurn,
        asked: _Question | None,
        sender: HandheldSender,
        memory: _Memory,
        now: float,
    ) -> tuple[Sequence[str], bool]:
        """Return the lines of the answer, and whether something was done that must not be done twice."""
        try:
            if isinstance(intent, (*_ACTING, Yes, ReadBack)) and turn.was_done:
                return replies.ALREADY_DONE, False
            if isinstance(intent, No) and asked is not None:
                memory.questions.pop()
                return replies.LEFT, True
            if isinstance(intent, ReadBack):
                lines, act = turn.ask(intent)
                if act is not None:
                    _open(memory, _Question(act, intent, "", now, sender.text_id))
                return lines, False
            lines = turn.take(intent, asked.text_id if asked else None)
        except MeshboardError as refused:
            return replies.refusal(str(refused)), False
        if asked is not None:
            memory.questions.pop()
        memory.last_post = turn.last_post
        return lines, isinstance(intent, _ACTING)

    def _remember(self, sender: HandheldSender) -> _Memory:
        memories = self._memories[sender.is_private]
        memory = memories.setdefault(sender.actor, _Memory())
        memories.move_to_end(sender.actor)
        if len(memories) > figures.MAX_SENDERS:
            idle = (actor for actor, kept in memories.items() if not kept.questions)
            # the newest one is the sender's own
            del memories[next((actor for actor in idle if actor != sender.actor), next(iter(memories)))]
        return memory

    def _is_too_much(self, memory: _Memory, now: float) -> bool:
        return len(memory.heard_at) > figures.MAX_PER_MINUTE and now - memory.heard_at[0] < 60

    def _warn_once(self, memory: _Memory) -> Answer | None:
        if memory.is_warned:
            return None
        memory.is_warned = True
        return Answer(pages(replies.TOO_MANY)[0])


def _is_from_a_bot(words: str) -> bool:
    return words.startswith(SIGN.strip()) or words.casefold().startswith(_OTHER_BOTS)


def _answer_to(question: _Question, words: str, intent: Intent, is_on_board: Callable[[str], bool]) -> Intent:
    """Return what a message means while a question is open: a yes to it, a no, or what it says anyway."""
    folded = re.findall(r"\w+", without_accents(re.sub(r"['’]", "", words.casefold())))
    if not folded:
        return intent
    kinds = {KIND_OF[word] for word in folded if word in KIND_OF}
    is_choice = len(kinds) == 1 and all(word in KIND_OF or word in _CHOOSING for word in folded)
    if is_choice and (post := question.chosen(next(iter(kinds)))):
        return post
    # `ok need water` is a need, `ok post it` a yes
    spoken = folded[1:] if folded[0] in ("ok", "okay") else folded
    begins_yes = spoken[:1] and (spoken[0] in _BEGINS_YES or " ".join(spoken[:2]) in _DO_IT)
    names_another = code_in(words, is_on_board) not in (None, question.read.code)
    contradicts = isinstance(question.act, Publish) and kinds and question.act.content.kind not in kinds
    if begins_yes and not names_another and not contradicts and not _NOS & set(folded):
        return question.act if not isinstance(intent, Thanks) else intent
    begins_no = folded[0] in NO_FIRST and bool(_SAYS_NO.match(" ".join(folded)))
    if isinstance(intent, No) or (begins_no and not _is_cry(read(" ".join(folded[1:]), is_on_board))):
        return No()
    return intent


def _is_cry(intent: Intent) -> bool:
    act = intent.act if isinstance(intent, ReadBack) else intent
    return isinstance(act, Publish) and act.content.urgency >= Urgency.HIGH


def _open(memory: _Memory, question: _Question) -> None:
    """Put a question on top; the oldest that is no distress makes room, else the newest."""
    kept = [asked for asked in memory.questions if asked.read != question.read]
    if len(kept) >= figures.MAX_QUESTIONS:
        kept.remove(next((asked for asked in kept if not asked.is_distress), kept[-1]))
    memory.questions = [*kept, question]


def _with_the_next(lines: Sequence[str], memory: _Memory, now: float) -> Sequence[str]:
    """Return the answer with the older question that is open again, if both fit one packet."""
    older = memory.questions[-1]
    both = [*lines, older.text.removeprefix(SIGN)]
    if len(pages(both)) > 1:
        return lines
    memory.questions[-1] = replace(older, asked_at=now)
    return both


def _kind_told(intent: Intent) -> str:
    """Return the kind of an answer that a machine could ask for for ever, empty for what is no such."""
    match intent:
        case Help():
            return "help"
        case Unclear() | Yes() | No() | WhichOne() | ReadBack(act=Show()):
            return "error"
        case ListPosts() | Show():
            return repr(intent)
        case ReadBack(code=None, otherwise=Publish()) if not _is_cry(intent):
            return "offer or need"
        case _:
            return ""


def _plain(words: str) -> str:
    return " ".join(re.findall(r"\w+", words.casefold()))


def _marks_of(answer: str, tail: str) -> tuple[str, ...]:
    """Return the parts of an answer that nobody types: its first half, and the last of `tail`."""
    first, last = _plain(answer), _plain(tail)
    return first[: max(figures.SHORTEST_ECHO, len(first) // 2)], last[
        min(len(last) // 2, len(last) - figures.SHORTEST_ECHO) :
    ]


def _is_echo(words: str, memory: _Memory) -> bool:
    typed = _plain(words)
    return any(mark in typed for marks in memory.said for mark in marks if len(mark) >= figures.SHORTEST_ECHO)


def _next_page(memory: _Memory, now: float) -> str:
    if not memory.left or now - memory.left_at > figures.MORE_LASTS_S:
        return pages(replies.NOTHING_MORE)[0]
    first, *rest = memory.left
    memory.left = tuple(rest)
    return first
