"""What the command line prints: lines for people, JSON for programs, what failed on stderr."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from enum import IntEnum

import typer

from meshboard.domain.posts import PostKind, Urgency
from meshboard.domain.views import ClaimView, PersonView, PostView
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


_EXIT_OF: tuple[tuple[type[MeshboardError], Exit], ...] = (
    (RuleError, Exit.REFUSED),
    (ConfigError, Exit.NOT_SET_UP),
    (LedgerError, Exit.LEDGER),
    (LinkError, Exit.LINK),
    (TrustError, Exit.INVITE),
)
_URGENCY_SIGN = {Urgency.LOW: " ", Urgency.NORMAL: " ", Urgency.HIGH: "!", Urgency.CRITICAL: "‼"}


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
        "history": [
            {"at": line.at, "who": person_json(line.who), "what": line.sentence, "request": line.is_request}
            for line in post.history
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
        "note": claim.note or None,
        "by_when": claim.standing.record.claimed.by_when,
        "made_at": claim.made_at,
        "sentence": claim.sentence,
    }


def number_json(amount: Decimal) -> int | float:
    """Return an amount as a JSON number, whole where it is whole."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def post_line(post: PostView, now_s: int | None) -> str:
    """Return one line of a list: code, urgency, kind, what is left, text, place, state, who."""
    content = post.content
    parts = [
        f"{post.code:<5}",
        _URGENCY_SIGN[content.urgency],
        f"{content.kind.name.lower():<6}",
        f"{content.category.name.lower():<9}",
        content.text,
    ]
    details = [words for words in (amount_words(post), content.place and f"@ {content.place}") if words]
    tail = f"[{', '.join([*details, state_words(post), str(post.who), age_words(post.posted_at, now_s)])}]"
    return " ".join([*parts, tail])


def post_page(post: PostView, now_s: int | None) -> str:
    """Return everything about one post, for reading."""
    content = post.content
    lines = [
        f"{post.code}  {content.kind.name.lower()} · {content.category.name.lower()} · "
        f"{content.urgency.name.lower()} · {state_words(post)}",
        f"  {content.text}",
        f"  posted by {post.who}, {age_words(post.posted_at, now_s)}",
    ]
    lines += [f"  {label}: {words}" for label, words in _details(post) if words]
    lines.append(f"  {travel_words(post)}")
    lines += [f"  - {claim.sentence}" + (f" “{claim.note}”" if claim.note else "") for claim in post.claims]
    if post.history:
        lines.append("  history:")
        lines += [
            f"    {age_words(line.at, now_s):>12}  {line.who} {line.sentence}"
            + (" (asked)" if line.is_request else "")
            for line in post.history
        ]
    return "\n".join(lines)


def _details(post: PostView) -> list[tuple[str, str]]:
    content = post.content
    return [
        ("how much", amount_words(post)),
        ("place", content.place),
        ("when", _window_words(post)),
        ("tags", ", ".join(content.tags)),
        ("hand-off", content.hand_off.name.lower().replace("_", " ") if content.hand_off else ""),
        ("stays up until", clock_words(post.standing.expires_at)),
    ]


def _window_words(post: PostView) -> str:
    window = post.content.window
    if window is None:
        return ""
    end = f" to {clock_words(window.ends_at)}" if window.ends_at else ""
    return f"{clock_words(window.starts_at)}{end}"


def amount_words(post: PostView) -> str:
    """Return `4 of 10 gal left`, `10 gal`, or nothing where no quantity was given."""
    quantity = post.content.quantity
    if quantity is None:
        return ""
    whole = f"{number_json(quantity.amount)} {quantity.unit}".rstrip()
    if post.content.kind is PostKind.NOTICE or not post.standing.held:
        return whole
    return f"{number_json(post.standing.left)} of {whole} left"


def state_words(post: PostView) -> str:
    """Return the state, saying when it rests on silence."""
    state = post.standing.state.value
    return f"{state} (nobody objected)" if post.standing.is_inferred else state


def travel_words(post: PostView) -> str:
    """Return how far a post is known to have come, never more than is known."""
    if not post.is_sent:
        return "stored here, not sent yet"
    if post.heard_by == 0:
        return "stored here and sent; no other board has said yet that it has it"
    boards = "1 other board has" if post.heard_by == 1 else f"{post.heard_by} other boards have"
    return f"stored here; {boards} it too"


def age_words(at: int | None, now_s: int | None) -> str:
    """Return `5 min ago`; `some time ago` where a clock is not known."""
    if at is None or now_s is None:
        return "some time ago"
    age = now_s - at
    for unit_s, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if age >= unit_s:
            return f"{age // unit_s} {unit} ago"
    return "just now" if age >= 0 else f"dated {clock_words(at)}"


def clock_words(at: int | None) -> str:
    """Return a moment in this machine's local time, nothing for None."""
    return "" if at is None else datetime.fromtimestamp(at).astimezone().strftime("%a %d %b %H:%M")
