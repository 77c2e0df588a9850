"""The script: what happens in the neighbourhood anyway, at a human pace."""

from collections import deque
from collections.abc import Callable
from random import Random

from meshboard.demo.agenda import Agenda
from meshboard.demo.neighbour import Neighbour, Span
from meshboard.demo.neighbourhood import Neighbourhood
from meshboard.demo.texting import Texting
from meshboard.demo.words import HANDHELD_WORDS
from meshboard.domain.posts import PostContent

OPENING_S = 1.0
"""The first post is on its way as soon as the board is on screen: it rests 5 s, as every post does."""
BETWEEN_S: Span = (5, 14)
"""Between two things that happen, in the first minutes."""
LATER_S: Span = (15, 45)
"""After them: the stations' airtime of an hour would be used up in half of one otherwise."""
LIVELY_THINGS = 30
"""About five minutes of them."""
LOOK_EVERY_S = 1.0
FULL_BOARD = 40
"""With so many live posts the neighbours rather finish things than post more."""


class Script:
    """Puts what happens into an agenda, and goes on doing so."""

    def __init__(self, place: Neighbourhood, agenda: Agenda) -> None:
        """Let `place`, whose stations run already, live; nothing happens before `begin`."""
        self._agenda = agenda
        self._chance: Random = place.chance
        self._to_come = place.to_come
        self._happened = 0
        self._neighbours = [Neighbour(board, agenda, place.chance) for board in place.boards.values()]
        words = deque(place.chance.sample(HANDHELD_WORDS, len(HANDHELD_WORDS)))
        self._texting = [
            Texting(person, place.boards[person.station], agenda, place.chance, words)
            for person in place.handhelds
        ]

    def begin(self) -> None:
        """Let the first things happen."""
        for neighbour in self._neighbours:
            neighbour.begin()
        self._agenda.add(OPENING_S, lambda: self._post(self._neighbours[0]))
        self._agenda.add(OPENING_S, self._texting[-1].write)
        self._agenda.add(OPENING_S, self._go_on)
        self._agenda.add(LOOK_EVERY_S, self._look)

    def _go_on(self) -> None:
        """Let one thing happen, and the next one later."""
        self._happened += 1
        span = BETWEEN_S if self._happened < LIVELY_THINGS else LATER_S
        self._agenda.add(self._chance.uniform(*span), self._go_on)
        neighbour = self._chance.choice(self._neighbours)
        is_full = len(neighbour.posts()) >= FULL_BOARD
        weights: dict[Callable[[], None], int] = {
            neighbour.take_on_something: 5,
            neighbour.note_something: 2,
            lambda: self._post(neighbour): 0 if is_full else 4,
            self._chance.choice(self._texting).write: 1 if is_full else 3,
        }
        self._chance.choices(list(weights), list(weights.values()))[0]()

    def _post(self, neighbour: Neighbour) -> None:
        neighbour.publish(self._next_post())

    def _next_post(self) -> PostContent:
        """Return the next post of the corpus; after the last one, begin again."""
        content = self._to_come.pop(0)
        self._to_come.append(content)
        return content

    def _look(self) -> None:
        """Let everybody see what concerns them."""
        self._agenda.add(LOOK_EVERY_S, self._look)
        for neighbour in self._neighbours:
            neighbour.look()
        for person in self._texting:
            person.look()
