"""Take what people wrote in circles that nobody founded out of an older ledger: this version runs none.

Each such circle's posts go into a file beside the ledger, whole and on the disk, before the circle is deleted
(migrations/0006): after a kill at any moment they are in the ledger, or in the file, or in both.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from meshboard.domain.entries import Entry, PostClaimed, PostNoted
from meshboard.domain.ids import AuthorId, CircleId
from meshboard.domain.merge import ClaimRecord, PostRecord, merge
from meshboard.domain.people import ActorKind
from meshboard.domain.posts import Quantity
from meshboard.errors import LedgerError
from meshboard.ledger.entries.rows import stored_entry
from meshboard.ledger.file.driver import Connection
from meshboard.ledger.file.durable import write_whole

FILE = "posts-taken-out-"
"""How each such file is called, in front."""
_WHAT_TO_DO = (
    "Begin a new circle (meshboard circle new NAME --as YOU), invite everybody, and post there again what is "
    "still needed. Then delete this file: it is not encrypted."
)


def taken_out_words(ledger: Path) -> str:
    """Say where posts that were taken out of a ledger are, and what to do; empty once the files are gone."""
    found = ", ".join(str(path) for path in sorted(ledger.parent.glob(f"{FILE}*.json")))
    if not found:
        return ""
    return (
        "This version runs no circle that nobody founded. The posts of such a circle were taken out of the "
        f"ledger: read them in {found}. {_WHAT_TO_DO}"
    )


def take_out_posts(connection: Connection, ledger: Path) -> bool:
    """Write the posts of circles that nobody founded into files beside a ledger of schema version 5.

    `connection` holds the write lock of the file. Return whether there are any. Raises LedgerError if the
    disk fails; nothing is deleted.
    """
    found = connection.execute("SELECT id, name FROM circle WHERE channel_seed = x''").fetchall()
    for circle, name in found:
        posts = list(_posts(connection, CircleId(circle)))
        told = {"what_to_do": _WHAT_TO_DO, "circle": name, "posts": posts}
        content = json.dumps(told, ensure_ascii=False, indent=2).encode()
        names = (ledger.with_name(f"{FILE}{circle.hex()}{ending}.json") for ending in _endings())
        path = next(one for one in names if not one.exists() or one.read_bytes() == content)
        write_whole(path, content)
    return bool(found)


def _endings() -> Iterator[str]:
    yield ""
    yield from (f"-{number}" for number in count(2))


def _posts(connection: Connection, circle: CircleId) -> Iterator[Mapping[str, object]]:
    """Yield what each post says, and what others said of it, the oldest first."""
    names = dict(_selected(connection, "SELECT author, name FROM station_name WHERE circle_id = ?", circle))
    contacts = dict(_selected(connection, "SELECT post_id, text FROM contact WHERE circle_id = ?", circle))
    entries = []
    for author, packed in _selected(
        connection, "SELECT author, packed FROM entry WHERE circle_id = ?", circle
    ):
        with suppress(LedgerError):  # one that cannot be read says nothing anybody could have seen
            entries.append(stored_entry(circle, AuthorId(author), packed, b"").entry)
    for post in sorted(merge(entries).values(), key=lambda post: (post.entry.stamp.count, post.id)):
        told = _post(post, names) | {"contact": contacts.get(post.id)}
        yield {word: value for word, value in told.items() if value}


def _selected(connection: Connection, query: str, circle: CircleId) -> list[tuple[bytes, Any]]:
    return connection.execute(query, (bytes(circle),)).fetchall()


def _post(post: PostRecord, names: Mapping[bytes, str]) -> dict[str, object]:
    content, window = post.content, post.content.window
    return {
        "kind": content.kind.name.lower(),
        "category": content.category.name.lower(),
        "urgency": content.urgency.name.lower(),
        "text": content.text,
        "quantity": _amount(content.quantity),
        "place": content.place,
        "starts": _moment(window.starts_at) if window else None,
        "ends": _moment(window.ends_at) if window else None,
        "tags": list(content.tags),
        "hand_off": content.hand_off.name.lower() if content.hand_off else None,
        "by": _by(post.entry, names, post.published.signed_as),
        "posted": _moment(post.entry.stamp.time_s),
        "stays_hours": content.lifetime_hours,
        "is_withdrawn": post.withdrawn is not None,
        "claims": [_claim(claim, names) for claim in post.claims],
        "notes": [
            {"by": _by(entry, names, entry.fact.signed_as), "text": entry.fact.text}
            for entry in post.notes
            if isinstance(entry.fact, PostNoted)
        ],
    }


def _claim(claim: ClaimRecord, names: Mapping[bytes, str]) -> Mapping[str, object]:
    said: PostClaimed = claim.claimed
    became = ("released", claim.released), ("confirmed", claim.confirmed), ("delivered", claim.delivered)
    told = {
        "by": _by(claim.entry, names, said.signed_as),
        "quantity": _amount(said.quantity),
        "note": said.note,
        "by_when": _moment(said.by_when),
        "is": next((word for word, entry in became if entry), "promised"),
    }
    return {word: value for word, value in told.items() if value}


def _by(entry: Entry, names: Mapping[bytes, str], signed_as: str) -> str:
    station = names.get(entry.log.author) or entry.log.author.hex()[:8]
    if entry.actor.kind is ActorKind.MEMBER:
        return station
    return f"{signed_as or 'somebody'}, through {station}"


def _amount(quantity: Quantity | None) -> str | None:
    return f"{quantity.amount:f} {quantity.unit}".strip() if quantity else None


def _moment(time_s: int | None) -> str | None:
    return None if time_s is None else datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M UTC")
