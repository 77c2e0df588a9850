"""Rules: whether what a person asks for can be done on this board, and the fact it becomes."""

from dataclasses import replace
from decimal import Decimal
from typing import assert_never

from meshboard.domain.commands import (
    AcceptClaim,
    AddNote,
    ClaimPost,
    Command,
    ConfirmClaim,
    DeliverClaim,
    EditPost,
    FlagPost,
    PublishPost,
    ReleaseClaim,
    WithdrawPost,
)
from meshboard.domain.entries import (
    MAX_AFTER,
    ClaimAccepted,
    ClaimConfirmed,
    ClaimDelivered,
    ClaimReleased,
    Entry,
    Fact,
    PostClaimed,
    PostEdited,
    PostFlagged,
    PostNoted,
    PostPublished,
    PostWithdrawn,
)
from meshboard.domain.ids import AuthorId, ClaimId, post_code
from meshboard.domain.merge import PostRecord
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.posts import (
    MAX_AMOUNT,
    MAX_LIFETIME_HOURS,
    MAX_PLACE_BYTES,
    MAX_TAGS,
    MAX_UNIT_BYTES,
    PostContent,
    PostKind,
    Quantity,
)
from meshboard.domain.standing import ClaimStanding, ClaimState, PostStanding, PostState
from meshboard.domain.text import typed_line
from meshboard.errors import RuleError

MAX_NAME_BYTES = 24
MAX_TAG_BYTES = 16


def decide(command: Command, here: AuthorId, post: tuple[PostRecord, PostStanding] | None) -> Fact:
    """Return the fact a command becomes.

    `here` is the station that would write it. `post` is the post it concerns with its standing now, None
    when the command makes one. Raises RuleError with what is wrong and what to do.
    """
    if isinstance(command, PublishPost):
        return PostPublished(clean_content(command.content), clean_name(command.signed_as))
    if post is None:
        raise RuleError("There is no such post on this board. Look at the list and try its code again.")
    record, standing = post
    match command:
        case EditPost():
            return _edit(command, here, record, standing)
        case WithdrawPost():
            return _withdraw(command, here, record, standing)
        case AddNote():
            return PostNoted(record.id, _note(command.text), clean_name(command.signed_as))
        case ClaimPost():
            return _claim(command, record, standing)
        case AcceptClaim():
            return _accept(command, here, record, standing)
        case ReleaseClaim():
            return _release(command, here, standing)
        case DeliverClaim():
            return _deliver(command, here, standing)
        case ConfirmClaim():
            return _confirm(command, here, record, standing)
        case FlagPost():
            return _flag(command, here, record)
        case _:
            assert_never(command)


def clean_name(typed: str) -> str:
    """Return a handle or place name fit to store, or raise RuleError."""
    return typed_line(typed, "name", MAX_NAME_BYTES)


def clean_content(content: PostContent) -> PostContent:
    """Return what a post says, fit to store; raises RuleError at the first thing that is not."""
    text = typed_line(content.text, "text")
    if not text:
        raise RuleError("A post needs a few words. Say what is needed or offered.")
    if not 1 <= content.lifetime_hours <= MAX_LIFETIME_HOURS:
        raise RuleError(f"A post stays up between 1 and {MAX_LIFETIME_HOURS} hours.")
    if (
        content.window
        and content.window.ends_at is not None
        and content.window.ends_at < content.window.starts_at
    ):
        raise RuleError("The end of the time window is before its start. Swap them.")
    if len(content.tags) > MAX_TAGS:
        raise RuleError(f"A post can have at most {MAX_TAGS} tags. Take {len(content.tags) - MAX_TAGS} out.")
    if content.kind is PostKind.TASK and content.quantity is None:
        raise RuleError("A task needs a number of people. Say how many.")
    return replace(
        content,
        text=text,
        place=typed_line(content.place, "place", MAX_PLACE_BYTES),
        quantity=clean_quantity(content.quantity),
        tags=tuple(typed_line(tag, "tag", MAX_TAG_BYTES) for tag in content.tags),
    )


def clean_quantity(quantity: Quantity | None) -> Quantity | None:
    """Return an amount fit to store, or raise RuleError."""
    if quantity is None:
        return None
    amount = quantity.amount
    if not amount.is_finite() or amount <= 0:
        raise RuleError("The quantity has to be a number greater than zero.")
    if amount > MAX_AMOUNT:
        raise RuleError(f"The quantity can be at most {MAX_AMOUNT:,}.")
    if amount != amount.quantize(Decimal("0.01")):
        raise RuleError("The quantity can have at most two decimals.")
    return Quantity(amount.normalize(), typed_line(quantity.unit, "unit", MAX_UNIT_BYTES))


def may_speak_for(actor: Actor, here: AuthorId, owner: Entry) -> bool:
    """Say whether an actor at `here` made `owner`, or is the member of the station it was made through."""
    same_person = actor == owner.actor
    own_station = actor.kind is ActorKind.MEMBER and owner.log.author == here
    return same_person or own_station


def own_claim(actor: Actor, standing: PostStanding) -> ClaimStanding | None:
    """Return the actor's claim that still needs something, or else their last one; None without any."""
    own = [claim for claim in standing.claims if claim.record.entry.actor == actor]
    active = [claim for claim in own if claim.state in (ClaimState.PROMISED, ClaimState.DELIVERED)]
    return next(iter(active or own), None)


def _note(typed: str) -> str:
    text = typed_line(typed, "note")
    if not text:
        raise RuleError("A note needs a few words.")
    return text


def _code(record: PostRecord) -> str:
    return post_code(record.id)


def _refuse_unless_live(record: PostRecord, standing: PostStanding, wish: str) -> None:
    if not standing.state.is_live:
        raise RuleError(f"{_code(record)} is {standing.state.value}, so it cannot be {wish} any more.")


def _refuse_unless_poster(actor: Actor, here: AuthorId, record: PostRecord, wish: str) -> None:
    if not may_speak_for(actor, here, record.entry):
        raise RuleError(f"Only whoever posted {_code(record)} can {wish}. You can add a note to it instead.")


def _edit(command: EditPost, here: AuthorId, record: PostRecord, standing: PostStanding) -> Fact:
    _refuse_unless_poster(command.actor, here, record, "change it")
    if standing.state is not PostState.EXPIRED:
        _refuse_unless_live(record, standing, "changed")
    if command.content.kind is not record.content.kind:
        raise RuleError("A post keeps its kind. Withdraw this one and post another.")
    content = clean_content(command.content)
    if content == record.content:
        raise RuleError(f"{_code(record)} says this already; nothing was changed.")
    return PostEdited(record.id, content)


def _withdraw(command: WithdrawPost, here: AuthorId, record: PostRecord, standing: PostStanding) -> Fact:
    _refuse_unless_poster(command.actor, here, record, "withdraw it")
    if standing.state in (PostState.WITHDRAWN, PostState.DONE):
        raise RuleError(f"{_code(record)} is {standing.state.value} already.")
    return PostWithdrawn(record.id)


def _claim(command: ClaimPost, record: PostRecord, standing: PostStanding) -> Fact:
    if record.content.kind is PostKind.NOTICE:
        raise RuleError(
            f"{_code(record)} is a notice: there is nothing to take on. You can add a note to it."
        )
    _refuse_unless_live(record, standing, "claimed")
    quantity = _claimed_quantity(command.quantity, record)
    carried = own_claim(command.actor, standing)
    if (
        carried
        and carried.state in (ClaimState.PROMISED, ClaimState.DELIVERED)
        and record.content.quantity is None
    ):
        raise RuleError(f"You already carry {_code(record)}.")
    return PostClaimed(
        post=record.id,
        quantity=quantity,
        note=typed_line(command.note, "note"),
        by_when=command.by_when,
        after=_latest_claims(record),
        signed_as=clean_name(command.signed_as),
    )


def _claimed_quantity(asked: Quantity | None, record: PostRecord) -> Quantity | None:
    """Return the claimed amount in the post's own unit; for a task, one person where none was said."""
    wanted = record.content.quantity
    if asked is None:
        return Quantity(Decimal(1)) if record.content.kind is PostKind.TASK else None
    if wanted is None:
        if asked.amount == 1:
            return None
        raise RuleError(f"{_code(record)} has no quantity: take it whole, without a number.")
    cleaned = clean_quantity(asked)
    assert cleaned is not None
    if cleaned.unit and cleaned.unit.casefold() != wanted.unit.casefold():
        raise RuleError(f"{_code(record)} counts in “{wanted.unit or 'pieces'}”, not “{cleaned.unit}”.")
    if cleaned.amount > wanted.amount:
        raise RuleError(
            f"{_code(record)} is about {wanted.amount:f} {wanted.unit}".rstrip()
            + " in all; take that or less."
        )
    return Quantity(cleaned.amount)


def _latest_claims(record: PostRecord) -> tuple[ClaimId, ...]:
    """Return the claims that no other known claim comes after: naming them names all before them."""
    passed = {seen for claim in record.claims for seen in claim.claimed.after}
    heads = [claim for claim in record.claims if claim.id not in passed]
    heads.sort(key=lambda claim: (claim.entry.stamp.count, claim.entry.digest), reverse=True)
    return tuple(claim.id for claim in heads[:MAX_AFTER])


def _find(claim: ClaimId, standing: PostStanding) -> ClaimStanding:
    found = next((other for other in standing.claims if other.record.id == claim), None)
    if found is None:
        raise RuleError("There is no such claim on this post. Look at the post again.")
    if found.state is ClaimState.RELEASED:
        raise RuleError("That claim was given back already.")
    return found


def _accept(command: AcceptClaim, here: AuthorId, record: PostRecord, standing: PostStanding) -> Fact:
    _refuse_unless_poster(command.actor, here, record, "choose who does it")
    claim = _find(command.claim, standing)
    if claim.record.accepted:
        raise RuleError("You accepted that claim already.")
    return ClaimAccepted(command.claim)


def _release(command: ReleaseClaim, here: AuthorId, standing: PostStanding) -> Fact:
    claim = _find(command.claim, standing)
    if not may_speak_for(command.actor, here, claim.record.entry):
        raise RuleError("Only whoever made a claim can give it back.")
    if claim.state is ClaimState.CONFIRMED:
        raise RuleError("That is confirmed as done; there is nothing to give back.")
    return ClaimReleased(command.claim)


def _deliver(command: DeliverClaim, here: AuthorId, standing: PostStanding) -> Fact:
    claim = _find(command.claim, standing)
    if not may_speak_for(command.actor, here, claim.record.entry):
        raise RuleError("Only whoever made a claim can say it is delivered.")
    if claim.record.delivered:
        raise RuleError("That is marked as delivered already.")
    return ClaimDelivered(command.claim)


def _confirm(command: ConfirmClaim, here: AuthorId, record: PostRecord, standing: PostStanding) -> Fact:
    _refuse_unless_poster(command.actor, here, record, "confirm that it is done")
    if _find(command.claim, standing).record.confirmed:
        raise RuleError("You confirmed that already.")
    return ClaimConfirmed(command.claim)


def _flag(command: FlagPost, here: AuthorId, record: PostRecord) -> Fact:
    if command.actor != Actor.member(here):
        raise RuleError("Only a member at their own station can flag a post. Tell somebody who has one.")
    is_flagged = any(flag.log.author == here for flag in record.flags)
    if is_flagged == command.is_flagged:
        done = "flagged it already" if is_flagged else "have not flagged it"
        raise RuleError(f"You {done}; nothing was changed.")
    return PostFlagged(record.id, command.is_flagged)
