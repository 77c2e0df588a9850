"""The one message that destroys a board: `wipe` and a code, from the one handheld that may."""

from typing import Protocol, assert_never

from meshboard.domain.people import Actor
from meshboard.handheld.paging import pages
from meshboard.station.texts.remote_wipe import WipeOutcome
from meshboard.station.texts.texts import Answer, AnswerKind

_WIPED = ("The board at this place is wiped: its key first, then its files. It stops now.",)
_WRONG = ("Not the code. Nothing was wiped.",)
_TOO_MANY = ("Five wrong codes. Wait ten minutes, then try again.",)
_WORD = "wipe"


class Wiper(Protocol):
    """What wipes; `station.texts.remote_wipe` is one."""

    def hear(self, code: str, sender: Actor) -> WipeOutcome:
        """Wipe if this sender may and the code is right."""


def answer_wipe(wiper: Wiper | None, words: str, sender: Actor) -> Answer | None:
    """Return the answer to a message that asks for a wipe; None for any other and from anybody else.

    Whoever may not is answered as if there were no such message: nobody learns whether it is switched on.
    """
    word, _, code = words.partition(" ")
    if wiper is None or word.casefold() != _WORD or not code:
        return None
    match outcome := wiper.hear(code, sender):
        case WipeOutcome.NOT_MEANT:
            return None
        case WipeOutcome.WRONG_CODE:
            return Answer(pages(_WRONG)[0], AnswerKind.URGENT)
        case WipeOutcome.TOO_MANY_TRIES:
            return Answer(pages(_TOO_MANY)[0])
        case WipeOutcome.WIPED:
            return Answer(pages(_WIPED)[0], AnswerKind.URGENT)
        case _:
            assert_never(outcome)
