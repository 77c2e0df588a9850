"""Turns: does what one message asks for, as its sender, and says how it went."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
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
from meshboard.domain.ids import ClaimId, PostId
from meshboard.domain.people import Actor, TextId
from meshboard.domain.posts import PostContent, Quantity
from meshboard.domain.rules import MAX_NAME_BYTES, clean_content
from meshboard.domain.standing import ClaimState, PostState
from meshboard.domain.text import shown_line
from meshboard.domain.views import Board, BoardQuery, ClaimView, PostView
from meshboard.errors import MeshboardError, RuleError
from meshboard.figures import MAX_LISTED
from meshboard.handheld import replies
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
    Verb,
    WhichOne,
    Yes,
)
from meshboard.handheld.paging import whole_characters
from meshboard.handheld.vocabulary import UNIT_OF
from meshboard.station.texts.texts import HandheldSender


class BoardService(Protocol):
    """What a conversation needs of `station.board.service`."""

    def run(self, command: Command, asked_by: tuple[TextId, ...] = ()) -> PostView:
        """Do what was asked, or raise RuleError."""

    def reading(self) -> AbstractContextManager[object]:
        """See the board at one moment, in one trip to the disk."""
        ...

    def was_done(self, text: TextId) -> bool:
        """Say whether this very text was acted on already."""

    def board(self, query: BoardQuery, viewer: Actor | None = None) -> Board:
        """List posts as the viewer sees them."""

    def post(self, post: PostId, viewer: Actor | None = None) -> PostView:
        """Show one post with its history."""

    def find(self, typed_code: str, viewer: Actor | None = None) -> PostView:
        """Show the post with a code, or raise RuleError when there is none or more than one."""

    def has_code(self, typed_code: str) -> bool:
        """Say whether a word is the code of a post, or of several."""

    def now(self) -> int | None:
        """Return Unix seconds as well as they are known."""


class TextTurn:
    """One message's worth of doing things as one sender; RuleErrors pass through."""

    def __init__(self, service: BoardService, sender: HandheldSender, last_post: PostId | None) -> None:
        self._service = service
        self._actor = sender.actor
        self._text_id = sender.text_id
        self._asked_by: tuple[TextId, ...] = () if sender.text_id is None else (sender.text_id,)
        self._is_private = sender.is_private
        self._signed_as = signed_as(sender.name)
        self.was_done = False
        """Whether this very text was acted on already, as far as was looked."""
        self.last_post = last_post
        """The sender's last post made here, None if not known; follows what the turn does."""

    def look_whether_done(self) -> None:
        """Look whether this very text was acted on already: nodes repeat what they think was lost."""
        self.was_done = self._text_id is not None and self._service.was_done(self._text_id)

    def take(self, intent: Intent, first_asked_by: TextId | None = None) -> Sequence[str]:
        """Do what is asked and return the lines of the answer.

        A `yes` does what an earlier text asked for first: both are done then.
        """
        if first_asked_by is not None:
            self._asked_by += (first_asked_by,)
        match intent:
            case Publish(content=content):
                return self._publish(content)
            case ListPosts():
                return self._list(intent)
            case My():
                query = BoardQuery(mine_only=True, limit=MAX_LISTED)
                return replies.my_list(self._service.board(query, viewer=self._actor))
            case Show(code=code):
                post = self._service.post(self._find(code).id, viewer=self._actor)
                return replies.whole_post(post, self._service.now(), is_private=self._is_private)
            case Take(code=code, quantity=quantity):
                post = self._find(code)
                return replies.about(post) if post.is_mine else self._claim(post, quantity)
            case Done(code=code):
                return self._done(self._find(code))
            case Drop(code=code):
                return self._drop(self._find(code))
            case Cancel(code=code):
                return self._cancel(code)
            case Note(code=code, text=text):
                post = self._find(code)
                note = AddNote(actor=self._actor, signed_as=self._signed_as, post=post.id, text=text)
                return replies.noted(self._run(note))
            case _:
                return _said(intent)

    def ask(self, asked: ReadBack) -> tuple[Sequence[str], Intent | None]:
        """Return the question to ask, and what a yes does; None where there is nothing to ask."""
        if asked.code is not None:
            return self._ask_about(self._find(asked.code), asked)
        match asked.act:
            case Publish(content=content):
                other = asked.otherwise.content.kind if asked.otherwise else None
                return replies.may_post(clean_content(content), other), asked.act
            case _:
                return replies.UNCLEAR, None

    def _ask_about(self, post: PostView, asked: ReadBack) -> tuple[Sequence[str], Intent | None]:
        """Ask in the reading that does least harm: what one asked for is not given up for want of words."""
        has_part = (post.is_mine or post.my_claim is not None) and post.standing.state.is_live
        need = asked.act if isinstance(asked.act, Publish) else asked.otherwise if post.is_mine else None
        if need is not None:
            return replies.about(post, clean_content(need.content)), need
        match asked.act:
            case Take() if not has_part and post.standing.state.is_live:
                return replies.may_act(Verb.TAKE, post.code), asked.act
            case Done() if has_part:
                return replies.may_act(Verb.DONE, post.code), asked.act
            case Cancel() | Drop() if has_part:
                return replies.may_give_up(post), Cancel(post.code)
            case Cancel() | Drop() if not post.is_mine:
                return replies.no_part(post), None
            case _:
                return replies.about(post), None

    def is_on_board(self, code: str) -> bool:
        """Say whether a word is a post's code here."""
        try:
            return self._service.has_code(code)
        except MeshboardError:
            return False

    def _find(self, code: str) -> PostView:
        return self._service.find(code, viewer=self._actor)

    def _run(self, command: Command) -> PostView:
        """Run a command and return the post as its sender sees it afterwards."""
        return self._service.run(command, self._asked_by)

    def _publish(self, content: PostContent) -> list[str]:
        command = PublishPost(actor=self._actor, signed_as=self._signed_as, content=content)
        post = self._run(command)
        self.last_post = post.id
        return replies.published(post)

    def _list(self, asked: ListPosts) -> list[str]:
        query = BoardQuery(
            kinds=frozenset() if asked.kind is None else frozenset({asked.kind}),
            categories=frozenset() if asked.category is None else frozenset({asked.category}),
            limit=MAX_LISTED,
        )
        return replies.listing(self._service.board(query, viewer=self._actor), asked.category, asked.kind)

    def _claim(self, post: PostView, quantity: Quantity | None) -> list[str]:
        command = ClaimPost(
            actor=self._actor,
            signed_as=self._signed_as,
            post=post.id,
            quantity=_in_unit_of(post, quantity),
        )
        return replies.taken(self._run(command))

    def _done(self, post: PostView) -> list[str]:
        if post.my_claim is None and not post.is_mine:
            raise RuleError(f"You have not taken {post.code}. To take it send: take {post.code}")
        if post.my_claim is not None and not (post.is_mine and _is_delivered(post, post.my_claim)):
            claim = post.my_claim
            post = self._run(DeliverClaim(actor=self._actor, claim=claim))
            if not _is_delivered(post, claim):
                return replies.asked_only(post, _via(post, claim))
        return self._have_received(post) if post.is_mine else replies.delivered(post)

    def _have_received(self, post: PostView) -> list[str]:
        """Confirm every share somebody holds; a post that nobody ever took is simply taken down."""
        unconfirmed = [claim for claim in post.claims if _can_be_confirmed(claim)]
        if not unconfirmed and not any(_is_confirmed(claim) for claim in post.claims):
            return self._withdraw(post, because=", as nobody had taken it")
        for claim in unconfirmed:
            post = self._run(ConfirmClaim(actor=self._actor, claim=claim.id))
        if any(_can_be_confirmed(claim) for claim in post.claims):
            return replies.asked_only(post, post.who.via)
        return replies.confirmed(post)

    def _drop(self, post: PostView) -> list[str]:
        if post.my_claim is None:
            what = (
                f"{post.code} is your own post. To take it down send: cancel {post.code}"
                if post.is_mine
                else f"You have not taken {post.code}, so there is nothing to give back."
            )
            raise RuleError(what)
        claim = post.my_claim
        post = self._run(ReleaseClaim(actor=self._actor, claim=claim))
        if post.my_claim == claim:
            return replies.asked_only(post, _via(post, claim))
        return replies.dropped(post)

    def _cancel(self, code: str | None) -> list[str]:
        if code is None and self.last_post is None:
            raise RuleError("Which one? Send my for the codes of your posts, then: cancel K7Q2")
        post = self._find(code) if code else self._service.post(self._last(), viewer=self._actor)
        return self._drop(post) if post.my_claim and not post.is_mine else self._withdraw(post)

    def _last(self) -> PostId:
        assert self.last_post is not None
        return self.last_post

    def _withdraw(self, post: PostView, because: str = "") -> list[str]:
        post = self._run(WithdrawPost(actor=self._actor, post=post.id))
        if post.standing.state is not PostState.WITHDRAWN:
            return replies.asked_only(post, post.who.via)
        return replies.withdrawn(post, because)


def signed_as(node_name: str) -> str:
    """Return a node's name fit to sign with: one clean line, as many whole characters as a name may have."""
    clean = " ".join(shown_line(node_name).replace("\ufffd", "").split())
    return whole_characters(clean, MAX_NAME_BYTES).rstrip()


def _said(intent: Help | WhichOne | Thanks | Noise | Unclear | More | Yes | No | ReadBack) -> Sequence[str]:
    match intent:
        case Help():
            return replies.HELP
        case WhichOne(verb=verb):
            return replies.which_one(verb)
        case More():
            return replies.NOTHING_MORE
        case Yes() | No():
            return replies.NO_QUESTION
        case Thanks() | Noise() | Unclear() | ReadBack():
            return replies.UNCLEAR
        case _:
            assert_never(intent)


def _in_unit_of(post: PostView, quantity: Quantity | None) -> Quantity | None:
    """Return the amount without its unit where that is the post's own in other letters (`gallons`, `gal`)."""
    if quantity is None or post.content.quantity is None:
        return quantity
    own = post.content.quantity.unit.casefold()
    return Quantity(quantity.amount) if UNIT_OF.get(own, own) == quantity.unit else quantity


def _is_confirmed(claim: ClaimView) -> bool:
    return claim.standing.state is ClaimState.CONFIRMED


def _can_be_confirmed(claim: ClaimView) -> bool:
    return claim.standing.state in (ClaimState.PROMISED, ClaimState.DELIVERED) and claim.standing.holds > 0


def _is_delivered(post: PostView, claim: ClaimId) -> bool:
    return any(view.id == claim and view.standing.state is not ClaimState.PROMISED for view in post.claims)


def _via(post: PostView, claim: ClaimId) -> str:
    return next((view.who.via for view in post.claims if view.id == claim), "")
