"""Commands: what a person asks for. `rules.decide` turns one into a fact, or says why not."""

from dataclasses import dataclass

from meshboard.domain.ids import ClaimId, PostId
from meshboard.domain.people import Actor
from meshboard.domain.posts import PostContent, Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByActor:
    """What every command carries: the person it speaks for."""

    actor: Actor
    signed_as: str = ""
    """What a walk-up or handheld wants to be called; empty for the station's own member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishPost(_ByActor):
    """Put up a need, an offer, a task or a notice."""

    content: PostContent


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPost(_ByActor):
    """Replace what a post says."""

    post: PostId
    content: PostContent


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawPost(_ByActor):
    """Take a post back."""

    post: PostId


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote(_ByActor):
    """Add a remark to a post."""

    post: PostId
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPost(_ByActor):
    """Promise to do a post, or part of it."""

    post: PostId
    quantity: Quantity | None = None
    """None = all that is left (for a task: one person)."""
    note: str = ""
    by_when: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptClaim(_ByActor):
    """Choose a claim on one's own post."""

    claim: ClaimId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseClaim(_ByActor):
    """Give a claim back."""

    claim: ClaimId


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverClaim(_ByActor):
    """Say that one's claim is done."""

    claim: ClaimId


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmClaim(_ByActor):
    """Say that a claim on one's own post is done."""

    claim: ClaimId


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagPost(_ByActor):
    """Say that a post should be hidden from everybody, or no longer."""

    post: PostId
    is_flagged: bool = True


Command = (
    PublishPost
    | EditPost
    | WithdrawPost
    | AddNote
    | ClaimPost
    | AcceptClaim
    | ReleaseClaim
    | DeliverClaim
    | ConfirmClaim
    | FlagPost
)
