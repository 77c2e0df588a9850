"""Which claim is meant, where a command names only the post."""

from meshboard.domain.ids import ClaimId
from meshboard.domain.standing import ClaimState
from meshboard.domain.views import ClaimView, PostView
from meshboard.errors import RuleError


def my_claim(found: PostView) -> ClaimId:
    """Return one's own claim that still needs something, or raise RuleError."""
    if found.my_claim is None:
        raise RuleError(f"You have no claim on {found.code}. Take it first: meshboard claim {found.code}")
    return found.my_claim


def delivered_first(claims: list[ClaimView]) -> list[ClaimView]:
    """Return the delivered ones if there are any: they are what waits for a confirmation."""
    return [one for one in claims if one.standing.state is ClaimState.DELIVERED] or claims


def chosen_claim(found: PostView, claims: list[ClaimView], wanted: str | None, act: str) -> ClaimId:
    """Return the one claim that is meant; RuleError names the choices when it is not clear."""
    if not found.is_mine:
        raise RuleError(
            f"Only whoever posted {found.code} can {act} a claim on it. You can add a note instead."
        )
    active = [one for one in claims if one.standing.state is not ClaimState.RELEASED]
    if wanted is not None:
        every = [one for one in found.claims if one.standing.state is not ClaimState.RELEASED]
        active = [one for one in every if _is_named(one, wanted)]
    if len(active) == 1:
        return active[0].id
    if not active:
        raise RuleError(f"There is no such claim to {act} on {found.code}. Look: meshboard show {found.code}")
    names = "; ".join(f"{one.id.hex()[:6]} {one.who.name} {one.quantity}".rstrip() for one in active)
    raise RuleError(f"Several claims on {found.code} fit. Say which with --claim: {names}.")


def _is_named(claim: ClaimView, wanted: str) -> bool:
    return claim.who.name.casefold() == wanted.casefold() or claim.id.hex().startswith(wanted.lower())
