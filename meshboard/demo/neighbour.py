"""A neighbour at their own station: acts on what their own board shows, as people do."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from random import Random

from meshboard.demo.agenda import Agenda
from meshboard.demo.cast import NEWCOMER
from meshboard.demo.words import CLAIM_NOTES, NOTES
from meshboard.domain.commands import (
    AddNote,
    ClaimPost,
    ConfirmClaim,
    DeliverClaim,
    PublishPost,
    ReleaseClaim,
)
from meshboard.domain.ids import ClaimId, PostId
from meshboard.domain.posts import PostContent, PostKind, Quantity
from meshboard.domain.standing import ClaimState
from meshboard.domain.views import Action, BoardQuery, PostView
from meshboard.station.board.service import Service

Span = tuple[float, float]
"""From and to, seconds."""

ANSWER_S: Span = (4, 11)
"""Until a neighbour takes on what the newcomer posted, from when it shows on the neighbour's board."""
CARRY_S: Span = (30, 75)
"""From taking something on to having done it."""
CARRY_FOR_NEWCOMER_S: Span = (25, 45)
CONFIRM_S: Span = (6, 15)
"""Until a poster agrees that something is done."""
GIVES_BACK = 0.12
"""How often somebody finds that they cannot do what they took on."""
HELPS_TOO = 0.5
"""How often a second or third neighbour joins in what the newcomer posted."""


class Neighbour:
    """Somebody who posts, takes things on, does them, and agrees that they are done."""

    def __init__(self, board: Service, agenda: Agenda, chance: Random) -> None:
        """Let somebody live at the station whose board this is."""
        self._board = board
        self._agenda = agenda
        self._chance = chance
        self._seen: set[PostId] = set()
        self._agreeing: set[ClaimId] = set()
        self._has_news = True
        board.on_change(self._note_news)

    def begin(self) -> None:
        """Take up what is under way from before."""
        for post in self.posts():
            if post.my_claim is not None:
                self._finish_later(post.id, (10, 180))

    def posts(self) -> Sequence[PostView]:
        """Return what is live on this board."""
        return self._board.board(BoardQuery()).posts

    def publish(self, content: PostContent) -> None:
        """Put up a post."""
        self._board.run(PublishPost(actor=self._board.me.actor, content=content))

    def take_on_something(self) -> None:
        """Promise to do something that is open, or part of it."""
        wanting = [post for post in self.posts() if self._may_take(post)]
        if wanting:
            self._claim(self._chance.choice(wanting), CARRY_S)

    def note_something(self) -> None:
        """Add a remark to some post."""
        posts = self.posts()
        if posts:
            post, words = self._chance.choice(posts), self._chance.choice(NOTES)
            self._board.run(AddNote(actor=self._board.me.actor, post=post.id, text=words))

    def look(self) -> None:
        """Look at the board again if anything changed, and see what concerns this neighbour."""
        if not self._has_news:
            return
        self._has_news = False
        for post in self.posts():
            if post.who.name == NEWCOMER:
                self._see_newcomers(post)
            elif post.is_mine and not post.who.via:
                self._agree_later(post)

    def _note_news(self) -> None:
        self._has_news = True

    def _may_take(self, post: PostView) -> bool:
        # What the newcomer posted is answered when it is first seen; a claim of one's own is finished first.
        is_others = not post.is_mine and post.who.name != NEWCOMER
        return is_others and post.my_claim is None and post.standing.left > 0 and Action.CLAIM in post.actions

    def _see_newcomers(self, post: PostView) -> None:
        if post.id in self._seen:
            return
        self._seen.add(post.id)
        in_s = self._chance.uniform(*ANSWER_S)
        self._agenda.add(in_s, lambda: self._answer_newcomer(post.id))

    def _answer_newcomer(self, post_id: PostId) -> None:
        """Take on what the newcomer posted, unless others have by now; or say a word to a notice."""
        post = self._board.post(post_id)
        if post.content.kind is PostKind.NOTICE:
            self._board.run(AddNote(actor=self._board.me.actor, post=post.id, text="thanks, good to know"))
            return
        is_first = not post.claims
        if post.standing.left > 0 and (is_first or self._chance.random() < HELPS_TOO):
            self._claim(post, CARRY_FOR_NEWCOMER_S)

    def _claim(self, post: PostView, carry_s: Span) -> None:
        quantity, note = self._share_of(post), self._chance.choice(CLAIM_NOTES)
        me = self._board.me.actor
        claim = self._board.run(ClaimPost(actor=me, post=post.id, quantity=quantity, note=note))
        if claim.my_claim is not None:
            self._finish_later(post.id, carry_s)

    def _share_of(self, post: PostView) -> Quantity | None:
        """Choose how much to take: one person of a task, part of a large amount, else all that is left."""
        left = post.standing.left
        if post.content.quantity is None or post.content.kind is PostKind.TASK:
            return None
        if left >= 4 and self._chance.random() < 0.6:
            return Quantity(Decimal(int(left / 2)))
        return Quantity(left)

    def _finish_later(self, post: PostId, span: Span) -> None:
        self._agenda.add(self._chance.uniform(*span), lambda: self._finish(post))

    def _finish(self, post_id: PostId) -> None:
        """Deliver what was promised, or give it back; wait on while others are first in line."""
        post = self._board.post(post_id)
        mine = next((claim for claim in post.claims if claim.id == post.my_claim), None)
        if mine is None or mine.standing.state is not ClaimState.PROMISED:
            return
        gives_back = post.who.name != NEWCOMER and self._chance.random() < GIVES_BACK
        if mine.standing.is_waiting or gives_back:
            self._board.run(ReleaseClaim(actor=self._board.me.actor, claim=mine.id))
        else:
            self._board.run(DeliverClaim(actor=self._board.me.actor, claim=mine.id))

    def _agree_later(self, post: PostView) -> None:
        for claim in post.claims:
            if claim.standing.state is ClaimState.DELIVERED and claim.id not in self._agreeing:
                self._agreeing.add(claim.id)
                self._agenda.add(self._chance.uniform(*CONFIRM_S), partial(self._confirm, claim.id))

    def _confirm(self, claim: ClaimId) -> None:
        self._board.run(ConfirmClaim(actor=self._board.me.actor, claim=claim))
