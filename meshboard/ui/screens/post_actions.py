"""What a person can do with one post, by key, on the board and on its own screen alike."""

from decimal import Decimal
from typing import ClassVar

from textual.binding import Binding, BindingType

from meshboard.domain.commands import (
    AcceptClaim,
    AddNote,
    ClaimPost,
    Command,
    ConfirmClaim,
    DeliverClaim,
    FlagPost,
    ReleaseClaim,
    WithdrawPost,
)
from meshboard.domain.people import Actor
from meshboard.domain.posts import PostKind
from meshboard.domain.standing import ClaimState
from meshboard.domain.views import Action, ClaimView, PostView
from meshboard.errors import MeshboardError, RuleError
from meshboard.figures import HOUR_S
from meshboard.ui.format import number, share_sentence
from meshboard.ui.screens.base import when_free
from meshboard.ui.screens.compose import ComposeScreen
from meshboard.ui.screens.dialogs import AskDialog, ChooseDialog, ConfirmDialog, Field
from meshboard.ui.screens.live import LiveScreen
from meshboard.ui.typed import typed_amount, typed_hours

_ABOUT_POST = Binding.Group("post")

_NEEDS = {
    "take": Action.CLAIM,
    "release": Action.RELEASE,
    "deliver": Action.DELIVER,
    "confirm": Action.CONFIRM,
    "accept": Action.ACCEPT,
    "withdraw": Action.WITHDRAW,
    "edit": Action.EDIT,
    "note": Action.NOTE,
    "flag": Action.FLAG,
    "unflag": Action.UNFLAG,
}
"""Which of the post's possible actions each of ours needs."""


def _key(key: str, action: str, words: str) -> Binding:
    return Binding(key, action, words, group=_ABOUT_POST)


class PostActionsScreen(LiveScreen):
    """A screen that shows one post among others or alone, and acts on it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("t", "take", "take"),
        _key("d", "deliver", "delivered"),
        _key("r", "release", "give back"),
        _key("y", "confirm", "confirm"),
        _key("x", "accept", "accept"),
        _key("e", "edit", "edit"),
        _key("w", "withdraw", "withdraw"),
        _key("o", "note", "note"),
        _key("f", "flag", "flag"),
        _key("f", "unflag", "unflag"),
    ]

    def __init__(self, actor: Actor | None = None) -> None:
        """Act for `actor`, None = the station's own member."""
        super().__init__()
        self._actor = actor

    @property
    def actor(self) -> Actor:
        """Who acts here."""
        return self._actor or self.service.me.actor

    @property
    def post(self) -> PostView | None:
        """The post that keys act on."""
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what is possible with this post now."""
        needed = _NEEDS.get(action)
        if needed is None:
            return super().check_action(action, parameters)
        return self.post is not None and needed in self.post.actions

    def action_take(self) -> None:
        """Ask how much, and claim it."""
        post = self.post
        if post is None:
            return
        fields = [
            Field("note", "A word to whoever posted it (may stay empty)"),
            Field("hours", "Done within how many hours? (may stay empty)", hint="such as 6, or 2d"),
        ]
        if post.content.quantity is not None:
            unit = post.content.quantity.unit or "how many"
            offered = Decimal(1) if post.content.kind is PostKind.TASK else post.standing.left or Decimal(1)
            label = f"How much do you take on, in {unit}?" if post.content.quantity.unit else "How many?"
            fields.insert(0, Field("amount", label, number(offered)))
        self.app.push_screen(
            AskDialog(
                f"Take on {post.code}",
                share_sentence(post) or post.content.text,
                fields,
                lambda typed: self._claim(post, typed),
            ),
            self._after,
        )

    def _claim(self, post: PostView, typed: dict[str, str]) -> str:
        try:
            quantity = typed_amount(typed.get("amount", ""))
            now = self.service.now()
            hours = typed_hours(typed["hours"], "Done within") if typed["hours"].strip() else None
        except RuleError as error:
            return str(error)
        by_when = None if hours is None or now is None else now + hours * HOUR_S
        command = ClaimPost(
            actor=self.actor, post=post.id, quantity=quantity, note=typed["note"], by_when=by_when
        )
        return self._run(command, "You are down for it")

    def action_note(self) -> None:
        """Ask for a remark and add it."""
        post = self.post
        if post is None:
            return
        actor = self.actor
        self.app.push_screen(
            AskDialog(
                f"Add a note to {post.code}",
                "Everybody in the circle can read it.",
                [Field("text", "Note")],
                lambda typed: self._run(AddNote(actor=actor, post=post.id, text=typed["text"]), "Note added"),
            ),
            self._after,
        )

    def action_edit(self) -> None:
        """Open the form with what the post says."""
        if self.post is not None:
            fresh = self.service.post(self.post.id, self.actor)  # a list does not carry the contact
            self.app.push_screen(ComposeScreen(fresh, actor=self._actor), self._after)

    def action_withdraw(self) -> None:
        """Ask, then take the post back."""
        post = self.post
        if post is not None:
            command = WithdrawPost(actor=self.actor, post=post.id)
            self._ask_first(
                f"Withdraw {post.code}?", "It leaves the board everywhere, for good.", command, "Withdrawn"
            )

    def action_release(self) -> None:
        """Ask, then give the own claim back."""
        self._about_own_claim(
            "Give back your claim?", "What you hold is open again for others.", ReleaseClaim, "Given back"
        )

    def action_deliver(self) -> None:
        """Ask, then say the own claim is done."""
        self._about_own_claim(
            "Is your part done?", "Whoever posted it then confirms it.", DeliverClaim, "Marked as delivered"
        )

    def action_confirm(self) -> None:
        """Ask which claim, then confirm that it is done."""
        open_claims = [c for c in self._claims() if not c.standing.record.confirmed]
        self._about_a_claim("Confirm as done:", open_claims, ConfirmClaim, "Confirmed")

    def action_accept(self) -> None:
        """Ask which claim, then choose it."""
        open_claims = [c for c in self._claims() if not c.standing.record.accepted]
        self._about_a_claim("Accept this claim:", open_claims, AcceptClaim, "Accepted")

    def action_flag(self) -> None:
        """Ask, then say that the post should be hidden."""
        if self.post is not None:
            self._ask_first(
                f"Flag {self.post.code}?",
                "Everybody sees that you did. Two members hide a post on every board; a critical one stays.",
                FlagPost(actor=self.actor, post=self.post.id),
                "Flagged",
            )

    def action_unflag(self) -> None:
        """Take the flag back."""
        if self.post is not None:
            taken_back = FlagPost(actor=self.actor, post=self.post.id, is_flagged=False)
            self._act(taken_back, "Flag taken back")

    def _claims(self) -> list[ClaimView]:
        claims = self.post.claims if self.post else ()
        return [claim for claim in claims if claim.standing.state is not ClaimState.RELEASED]

    def _about_own_claim(
        self, question: str, explanation: str, command: type[ReleaseClaim] | type[DeliverClaim], done: str
    ) -> None:
        if self.post is None:
            return
        if self.post.my_claim is not None:
            made = command(actor=self.actor, claim=self.post.my_claim)
            self._ask_first(question, explanation, made, done)
        else:
            self._about_a_claim(question, self._claims(), command, done)

    def _about_a_claim(
        self,
        question: str,
        claims: list[ClaimView],
        command: type[AcceptClaim] | type[ConfirmClaim] | type[ReleaseClaim] | type[DeliverClaim],
        done: str,
    ) -> None:
        actor = self.actor

        def chosen(place: int | None) -> None:
            if place is None:
                return
            claim, made = claims[place], command(actor=actor, claim=claims[place].id)
            if command is AcceptClaim and claim.on_accepting:
                self._ask_first(question, claim.on_accepting, made, done)
            else:
                self._act(made, done)

        if len(claims) == 1:
            made = command(actor=actor, claim=claims[0].id)
            who_reads = claims[0].on_accepting if command is AcceptClaim else ""
            self._ask_first(question, f"{claims[0].sentence} {who_reads}".rstrip(), made, done)
        elif claims:
            self.app.push_screen(ChooseDialog(question, [claim.sentence for claim in claims]), chosen)

    def _ask_first(self, question: str, explanation: str, command: Command, done: str) -> None:
        def answered(is_yes: bool | None) -> None:
            if is_yes:
                self._act(command, done)

        self.app.push_screen(ConfirmDialog(question, explanation), answered)

    def _act(self, command: Command, done: str) -> None:
        when_free(self, lambda: self._tell(self._run(command, done)))

    def _run(self, command: Command, done: str) -> str:
        """Run a command and say so; return the sentence of what is wrong, or nothing."""
        try:
            post = self.service.run(command)
        except MeshboardError as error:
            return str(error)
        self.say(f"{post.code}: {done}. It is stored here; the other boards follow.")
        return ""

    def _tell(self, problem: str) -> None:
        if problem:
            self.say(problem, is_problem=True)
        self._after(True)

    def _after(self, _closed_with: object) -> None:
        self.freshen()
