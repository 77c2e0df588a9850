"""A person with only a handheld: everything they do is a plain text that travels over the mesh."""

from collections import deque
from random import Random

from meshboard.demo.agenda import Agenda
from meshboard.demo.neighbour import CARRY_S, CONFIRM_S
from meshboard.demo.neighbourhood import HandheldPerson
from meshboard.domain.ids import ClaimId
from meshboard.domain.posts import PostKind
from meshboard.domain.standing import ClaimState
from meshboard.domain.views import BoardQuery, PostView
from meshboard.station.board.service import Service

TAKES = 0.3
"""How often a text takes something on rather than asks or offers something."""


class Texting:
    """Somebody who writes to one station and does what they said they would."""

    def __init__(
        self, person: HandheldPerson, board: Service, agenda: Agenda, chance: Random, words: deque[str]
    ) -> None:
        """Let a person write to the station whose board this is; `words` they share with the others."""
        self._person = person
        self._board = board
        self._agenda = agenda
        self._chance = chance
        self._words = words
        self._settled: set[ClaimId] = set()
        self._has_news = True
        board.on_change(self._note_news)

    def write(self) -> None:
        """Send one text: something new, or a promise to do something open."""
        takeable = [post for post in self._posts() if self._may_take(post)]
        if takeable and self._chance.random() < TAKES:
            self._person.text(f"take {self._chance.choice(takeable).code}")
            return
        self._person.text(self._words[0])
        self._words.rotate(-1)

    def look(self) -> None:
        """Say that things are done: what they carried, and what was brought to them."""
        if not self._has_news:
            return
        self._has_news = False
        for post in self._posts():
            for claim in post.claims:
                delivers = claim.id == post.my_claim and claim.standing.state is ClaimState.PROMISED
                agrees = post.who.is_me and claim.standing.state is ClaimState.DELIVERED
                if (delivers or agrees) and claim.id not in self._settled:
                    self._settled.add(claim.id)
                    self._write_done(post.code, CARRY_S if delivers else CONFIRM_S)

    def _note_news(self) -> None:
        self._has_news = True

    def _posts(self) -> tuple[PostView, ...]:
        return self._board.board(BoardQuery(), viewer=self._person.actor).posts

    def _may_take(self, post: PostView) -> bool:
        is_takeable = not post.is_mine and post.my_claim is None and post.standing.left > 0
        return is_takeable and post.content.kind is not PostKind.NOTICE

    def _write_done(self, code: str, span: tuple[float, float]) -> None:
        self._agenda.add(self._chance.uniform(*span), lambda: self._person.text(f"done {code}"))
