"""Grammar: from what somebody typed on a tiny keyboard to what they ask for.

Total: any text gives an intent. What acts on somebody's promise or post needs a word for it and a code;
whatever else is not understood stays `Unclear`, so that nothing is done on a guess.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from meshboard.domain.categories import category_of, is_category
from meshboard.domain.ids import normal_code
from meshboard.domain.posts import PostKind, Urgency
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
    Note,
    Publish,
    Show,
    Take,
    Thanks,
    Unclear,
    Verb,
    WhichOne,
    Yes,
)
from meshboard.handheld.phrases import (
    ASKING,
    GIVING,
    LEADING_HAVE,
    LEADING_LABEL,
    NOT_SO,
    PHRASE_OF,
    PLEASE,
    QUESTION,
    SAYS_HOW,
)
from meshboard.handheld.posting import amount_in, content_of
from meshboard.handheld.vocabulary import (
    HELP_WORDS,
    KIND_OF,
    LAST_ONE,
    LIST_WORDS,
    MORE_WORDS,
    MY_WORDS,
    NO_FIRST,
    NO_WORDS,
    NOT_CODES,
    POLITE,
    TIME_UNITS,
    UNIT_OF,
    VERB_OF,
    WHOLE_BOARD,
    YES_FIRST,
    YES_WORDS,
    word_set,
)

_NOT_A_CODE = re.compile(r"(\d+)(?P<after>[a-z]+)|(sz|size|x|blk|apt|rm|lot|row|bldg)\d+")
_MEASURES = TIME_UNITS | UNIT_OF.keys() | word_set("x ft v w mg ml mi km k pc pcs in")
_ACTING = (Verb.TAKE, Verb.DONE, Verb.DROP, Verb.CANCEL)
_SHORTEST_SLIP = 3  # a code with one character missing is still meant as a code
_FEW_WORDS = 3


@dataclass(frozen=True, slots=True)
class _Word:
    typed: str
    folded: str
    """Lower case, without apostrophes."""
    end: int
    """Where it ends in the line."""
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class _Message:
    line: str
    words: tuple[_Word, ...]
    """Without those that are only polite."""

    @property
    def folded(self) -> list[str]:
        return [word.folded for word in self.words]

    @property
    def phrase(self) -> str:
        return " ".join(self.folded)


def parse(text: str, is_on_board: Callable[[str], bool] | None = None) -> Intent:
    """Return what a message asks for; `is_on_board` looks a code up, without it the shape alone decides."""
    message = _message(text, is_on_board)
    if not message.words:
        return Help() if "?" in message.line else Thanks()
    for reading in _READINGS:
        intent = reading(message)
        if intent is not None:
            return intent
    return Unclear(message.line)


def code_in(text: str, is_on_board: Callable[[str], bool] | None = None) -> str | None:
    """Return the first code a message names, None when it names none."""
    message = _message(text, is_on_board)
    if len(message.words) > 1 and message.folded[0] in VERB_OF and _may_be_code(message.words[1]):
        return _code_of(message.words[1])
    return next((_code_of(word) for word in message.words if word.is_code), None)


def _message(text: str, is_on_board: Callable[[str], bool] | None) -> _Message:
    line = " ".join(text.split())
    words = [
        _Word(found[0], found[0].casefold().replace("'", "").replace("’", ""), found.end())
        for found in re.finditer(r"[^\W_][\w'’-]*", line)
    ]
    spoken = [word for word in words if word.folded not in POLITE]
    return _Message(line, tuple(_marked(spoken, place, is_on_board) for place in range(len(spoken))))


def _marked(words: list[_Word], place: int, is_on_board: Callable[[str], bool] | None) -> _Word:
    """Return the word there, marked if it is a code: one on the board, or one that only has the shape of it
    where no other word is or a verb is next to it (`take K7Q2`)."""
    word = words[place]
    if is_on_board is None:
        return replace(word, is_code=_looks_like_code(word))
    if normal_code(word.folded) is None or word.folded in NOT_CODES or is_category(word.folded):
        return word
    is_next_to_verb = any(near.folded in VERB_OF for near in words[max(place - 1, 0) : place + 2])
    is_meant = (len(words) == 1 or is_next_to_verb) and _looks_like_code(word)
    return replace(word, is_code=is_meant or is_on_board(word.folded))


def _yes_or_no(message: _Message) -> Intent | None:
    first, words = message.folded[0], set(message.folded)
    if message.line.endswith("?"):
        return None
    if first in YES_FIRST and words <= YES_WORDS:
        return Yes()
    return No() if first in NO_FIRST and words <= NO_WORDS else None


def _one_word(message: _Message) -> Intent | None:
    first, *rest = message.folded
    if first in MORE_WORDS and not rest:
        return More()
    if first in MY_WORDS and len(rest) <= 1 and not any(word.is_code for word in message.words):
        return My()
    if first in KIND_OF and not rest:
        return ListPosts(kind=KIND_OF[first])
    if not rest and is_category(first):
        return ListPosts(category_of([first]))
    if not rest and len(first) > _SHORTEST_SLIP and not _has_vowel(first) and _code_of(message.words[0]):
        return Show(first.upper())
    return None


def _asking_how(message: _Message) -> Intent | None:
    first, *rest = message.folded
    if SAYS_HOW.match(message.phrase):
        return Help()
    if first not in HELP_WORDS:
        return None
    commands = VERB_OF.keys() | KIND_OF.keys() | LIST_WORDS
    if not rest or (len(rest) == 1 and rest[0] in commands):
        return Help()
    # "HELP mom fell" is no question about commands: somebody is in trouble
    return Publish(content_of(PostKind.NEED, message.line, at_least=Urgency.HIGH))


def _labelled_post(message: _Message) -> Intent | None:
    found = LEADING_LABEL.match(message.line)
    if found is None:
        return None
    if len(message.words) == 2 and message.words[1].is_code and message.folded[0] in KIND_OF:
        return Show(_code_of(message.words[1]) or "")
    label = re.sub(r"^ne{2,}d", "need", found["label"].casefold())
    body = (found["urgent"] or "") + message.line[found.end() :]
    return Publish(content_of(KIND_OF[label], body)) if label in KIND_OF and body else None


def _about_one_post(message: _Message) -> Intent | None:
    first = message.folded[0]
    verb = VERB_OF.get(first)
    if verb in _ACTING and message.line.endswith("?"):
        verb = Verb.SHOW  # in Spanish nothing but the mark tells `listo K7Q2?` from `listo K7Q2`
    if verb and len(message.words) > 1 and _may_be_code(message.words[1]):
        return _act(verb, message.words[1], message)
    code = next((word for word in message.words if word.is_code), None)
    if code is None:
        return _without_code(verb, message)
    if verb is None:
        verb = _said_about(message)
    return _act(verb, code, message) if verb else None


def _without_code(verb: Verb | None, message: _Message) -> Intent | None:
    rest = message.folded[1:]
    if verb is None or len(rest) > _FEW_WORDS:
        return None
    if verb is Verb.CANCEL:
        return Cancel(None) if not rest or rest[-1] in LAST_ONE else WhichOne(verb)
    if verb is not Verb.SHOW:
        return WhichOne(verb)
    if len(rest) == 1 and rest[0] in MORE_WORDS:
        return More()
    return _list_of(rest)


def _said_about(message: _Message) -> Verb | None:
    """Return what the words around a code ask for; a question or a refusal only ever shows the post."""
    phrase = message.phrase
    is_question = QUESTION.match(phrase) or message.line.endswith("?")
    if is_question or NOT_SO.search(phrase) or len(message.words) == 1:
        return Verb.SHOW
    said = next((verb for verb, words in PHRASE_OF if words.search(phrase)), None)
    return said or (Verb.SHOW if len(message.words) <= _FEW_WORDS else None)


def _act(verb: Verb, word: _Word, message: _Message) -> Intent:
    code = _code_of(word)
    assert code is not None
    match verb:
        case Verb.SHOW:
            return Show(code)
        case Verb.TAKE:
            return Take(code, amount_in(message.line.replace(word.typed, " ", 1)))
        case Verb.DONE:
            return Done(code)
        case Verb.DROP:
            return Drop(code)
        case Verb.CANCEL:
            return Cancel(code)
        case Verb.NOTE:
            return Note(code, message.line[word.end :].lstrip(" :,-?!."))


def _listing(message: _Message) -> Intent | None:
    first, *rest = message.folded
    return _list_of(rest) if first in LIST_WORDS else None


def _list_of(words: list[str]) -> Intent:
    if words[:1] and words[0] in MY_WORDS:
        return My()
    if words[:1] and words[0] in WHOLE_BOARD:
        return ListPosts()
    kind = next((KIND_OF[word] for word in words if word in KIND_OF), None)
    return ListPosts(category_of([word for word in words if word not in WHOLE_BOARD]), kind)


def _unlabelled_post(message: _Message) -> Intent | None:
    if len(message.words) == 1:
        return None
    body = LEADING_HAVE.sub("", message.line)
    if ASKING.match(message.phrase):
        return Publish(content_of(PostKind.NEED, body))
    if GIVING.match(message.phrase):
        return Publish(content_of(PostKind.OFFER, body))
    return Publish(content_of(PostKind.NEED, message.line)) if _is_thing_please(message) else None


def _is_thing_please(message: _Message) -> bool:
    """Say whether a message begins with a thing and asks for it: `water for the shelter please`."""
    commands = VERB_OF.keys() | KIND_OF.keys() | LIST_WORDS
    is_thing = is_category(message.folded[0]) and not commands & set(message.folded)
    return is_thing and bool(PLEASE.search(message.line))


_READINGS: tuple[Callable[[_Message], Intent | None], ...] = (
    _yes_or_no,
    _one_word,
    _asking_how,
    _labelled_post,
    _about_one_post,
    _listing,
    _unlabelled_post,
)
"""Tried in this order: the plainest first, guesses last."""


def _code_of(word: _Word) -> str | None:
    """Return the code a word spells, None if it cannot; one that is a character short is kept as it is."""
    if len(word.folded) == _SHORTEST_SLIP:
        padded = normal_code(word.folded + "0")
        return padded[:-1] if padded else None
    return normal_code(word.folded)


def _may_be_code(word: _Word) -> bool:
    """Say whether a word right after a verb is a code: any that has the shape and is no everyday word."""
    if _code_of(word) is None or word.folded in NOT_CODES or is_category(word.folded):
        return False
    return len(word.folded) > _SHORTEST_SLIP or _is_mixed(word.folded)


def _looks_like_code(word: _Word) -> bool:
    """Say whether a word anywhere is a code: letters and digits mixed, and no size, time or amount."""
    if _code_of(word) is None or word.folded in NOT_CODES:
        return False
    measure = _NOT_A_CODE.fullmatch(word.folded)
    if measure and (measure["after"] is None or measure["after"] in _MEASURES):
        return False
    return _is_mixed(word.folded) or (word.typed.isupper() and not _has_vowel(word.folded))


def _is_mixed(folded: str) -> bool:
    return any(map(str.isdigit, folded)) and any(map(str.isalpha, folded))


def _has_vowel(folded: str) -> bool:
    return any(letter in "aeiouy" for letter in folded) or folded.isdigit()
