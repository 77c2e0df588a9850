"""What the command line prints for programs, and what it says when something fails."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from enum import IntEnum

import typer

from meshboard.domain.views import ClaimView, ContactView, PersonView, PostView
from meshboard.errors import ConfigError, LedgerError, LinkError, MeshboardError, RuleError, TrustError


class Exit(IntEnum):
    """Exit codes; docs/cli.md lists them."""

    REFUSED = 1
    """The board's rules say no: ask differently."""
    USAGE = 2
    """The command line itself is not understood."""
    NOT_SET_UP = 3
    """Configuration or first start is missing or wrong."""
    LEDGER = 4
    """The ledger or the disk; nothing was saved."""
    LINK = 5
    """The radio."""
    INVITE = 6
    """A code, key or seal is wrong."""
    HIDDEN = 7
    """Stored, but hidden on boards for now: what was to be seen is not."""


_EXIT_OF: tuple[tuple[type[MeshboardError], Exit], ...] = (
    (RuleError, Exit.REFUSED),
    (ConfigError, Exit.NOT_SET_UP),
    (LedgerError, Exit.LEDGER),
    (LinkError, Exit.LINK),
    (TrustError, Exit.INVITE),
)


def confirm(consequences: str, question: str, *, is_sure: bool) -> None:
    """Say what something does and ask whether to do it; RuleError when the answer is no."""
    typer.echo(consequences, err=True)
    if not is_sure and not typer.confirm(f"{question}?", default=False, err=True):
        raise RuleError("Nothing was changed.")


@contextmanager
def explained() -> Iterator[None]:
    """Turn what meshboard can explain into one sentence on stderr and an exit code."""
    try:
        yield
    except MeshboardError as error:
        typer.echo(f"meshboard: {error}", err=True)
        code = next((code for kind, code in _EXIT_OF if isinstance(error, kind)), Exit.REFUSED)
        raise typer.Exit(code) from error
    except BrokenPipeError:
        # The reader of a pipe went away (`meshboard list | head`): nothing is wrong with the board.
        sys.stderr.close()
        raise typer.Exit(0) from None


def print_json(value: object) -> None:
    """Print a value as one JSON document."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def post_json(post: PostView) -> dict[str, object]:
    """Return a post as JSON values; times are Unix seconds, null = unknown."""
    content, standing = post.content, post.standing
    return {
        "id": post.id.hex(),
        "code": post.code,
        "kind": content.kind.name.lower(),
        "category": content.category.name.lower(),
        "urgency": content.urgency.name.lower(),
        "text": content.text,
        "quantity": number_json(content.quantity.amount) if content.quantity else None,
        "unit": content.quantity.unit if content.quantity else None,
        "place": content.place or None,
        "from": content.window.starts_at if content.window else None,
        "to": content.window.ends_at if content.window else None,
        "tags": list(content.tags),
        "hand_off": content.hand_off.name.lower(),
        "state": standing.state.value,
        "inferred": standing.is_inferred,
        "wanted": number_json(standing.wanted),
        "held": number_json(standing.held),
        "left": number_json(standing.left),
        "done": number_json(standing.done),
        "poster": person_json(post.who),
        "mine": post.is_mine,
        "posted_at": post.posted_at,
        "expires_at": standing.expires_at,
        "sent": post.is_sent,
        "heard_by": post.heard_by,
        "claims": [_claim_json(claim) for claim in post.claims],
        "contact": contact_json(post.contact),
        "flagged_by": [person_json(who) for who in post.flagged_by],
        "hidden": post.hidden or post.beyond or None,
        "hidden_notes": post.hidden_notes or None,
        "history": [
            {"at": line.at, "who": person_json(line.who), "what": line.sentence, "request": line.is_request}
            for line in post.history
        ],
    }


def contact_json(contact: ContactView | None) -> dict[str, object] | None:
    """Return how a poster can be reached as JSON values, with everybody it was handed to."""
    if contact is None:
        return None
    return {
        "text": contact.text or None,
        "sentence": contact.sentence,
        "first_member": contact.is_handed_unasked,
        "handed_to": [
            {"station": reader.station, "who": person_json(reader.who), "at": reader.handed_at}
            for reader in contact.readers
        ],
    }


def person_json(person: PersonView) -> dict[str, object]:
    """Return a person as JSON values."""
    return {"name": person.name, "via": person.via or None, "me": person.is_me}


def _claim_json(claim: ClaimView) -> dict[str, object]:
    return {
        "id": claim.id.hex(),
        "who": person_json(claim.who),
        "state": claim.standing.state.value,
        "holds": number_json(claim.standing.holds),
        "waits": number_json(claim.standing.waits),
        "line_place": claim.line_place,
        "stale": claim.standing.is_stale,
        "beyond": claim.standing.is_beyond,
        "note": claim.note or None,
        "by_when": claim.standing.record.claimed.by_when,
        "made_at": claim.made_at,
        "sentence": claim.sentence,
    }


def number_json(amount: Decimal) -> int | float:
    """Return an amount as a JSON number, whole where it is whole."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
