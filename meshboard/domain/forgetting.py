"""Forgetting: which entries nobody needs any more. A pure function of what is held and one time.

Nothing that is forgotten comes back, so every doubt keeps: an unknown time, a promise still open, a clock far
ahead of everybody's stamps. Only the poster's words, and promises kept, bring a post's end nearer: a note by
somebody else neither holds a text for ever nor hurries it away.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set

from meshboard.domain.entries import Entry, Fact, LogId, PostPublished, SignedEntry, subject_of
from meshboard.domain.ids import AuthorId, EntryId, PostId
from meshboard.domain.merge import ClaimRecord, PostRecord, merge
from meshboard.domain.posts import MAX_LIFETIME_HOURS
from meshboard.domain.standing import PostState, stand
from meshboard.figures import HOUR_S, KEPT_AFTER_S, QUIET_S, SILENT_CONSENT_S, STALE_GRACE_S

LONGEST_OPEN_S = MAX_LIFETIME_HOURS * HOUR_S
"""A promise for later than so long after its post does not count: else one person's keeps a text for ever."""
FIRST_FORGETTABLE = 2
"""Entry 1 of a log brings its author's key. The invite they came by is a fact about the circle, and stays."""

Place = tuple[LogId, int]


def over_since(record: PostRecord) -> int | None:
    """Return from when a post is over, Unix seconds; None while nothing known says that it ever will be.

    Never before the poster last said what it says: a helper whose clock is slow cannot end it sooner.
    """
    said_s = (record.edited or record.entry).stamp.time_s
    withdrawn_s = record.withdrawn.stamp.time_s if record.withdrawn else None
    ends = [stand(record, None).expires_at, withdrawn_s, _done_at(record, is_said=said_s is not None)]
    known = [end for end in ends if end is not None]
    return max(min(known), said_s or 0) if known else None


def may_be_forgotten(record: PostRecord, now_s: int | None) -> bool:
    """Say whether nobody needs a post any more at `now_s`; None = the time is not known: it is kept."""
    over_s = over_since(record)
    if now_s is None or over_s is None:
        return False
    ends = [over_s, *(end for claim in record.claims if (end := _open_until(record, claim)) is not None)]
    return max(ends) + KEPT_AFTER_S <= now_s


def sure_time(now_s: int | None, own: AuthorId | None, newest: Mapping[AuthorId, int]) -> int | None:
    """Return the time to forget by; None where this clock is not to be trusted with that.

    `newest`: the highest stamp of every author that counts. A clock years ahead would forget all that lasts
    still, so it has to be within QUIET_S of what others have stamped; of what we have, while we are alone.
    """
    others = [stamp for author, stamp in newest.items() if author != own]
    seen_s = max(others or newest.values(), default=None)
    if now_s is None or seen_s is None or now_s > seen_s + QUIET_S:
        return None
    return now_s


def old_entries(
    held: Sequence[SignedEntry], now_s: int | None, forgotten: Set[EntryId] = frozenset()
) -> frozenset[bytes]:
    """Return the digests of what may be forgotten of everything that is held.

    `forgotten`: ids of what was forgotten here before; what comes late about that goes too.
    """
    records = merge(signed.entry for signed in held)
    old = {post: record.history for post, record in records.items() if may_be_forgotten(record, now_s)}
    known = {entry.id for record in records.values() for entry in record.history}
    unknown = [] if now_s is None else [one.entry for one in held if one.entry.id not in known]
    late = [entry for entry in unknown if now_s is not None and is_late(entry, now_s, forgotten)]
    lasts: dict[LogId, int] = defaultdict(int)
    for signed in held:
        lasts[signed.entry.log] = max(lasts[signed.entry.log], signed.entry.number)
    unsigned = {(one.entry.log, one.entry.number) for one in held if not one.signature}
    return forgettable(old, late, lasts, unsigned)


def is_about_a_post(fact: Fact) -> bool:
    """Say whether a fact is a post or about one. All others stay: on the circle, keys, of later versions."""
    return isinstance(fact, PostPublished) or subject_of(fact) is not None


def is_late(entry: Entry, now_s: int, forgotten: Set[EntryId]) -> bool:
    """Say whether nobody needs what is about a post that is not held: it was forgotten here before.

    Or elsewhere, so that nothing is known of it here; then it is over once no post of that time can last.
    """
    subject, stamp_s = subject_of(entry.fact), entry.stamp.time_s
    if subject is None:
        return False
    return subject in forgotten or (stamp_s is not None and stamp_s + LONGEST_OPEN_S + KEPT_AFTER_S <= now_s)


def forgettable(
    old: Mapping[PostId, Sequence[Entry]],
    late: Iterable[Entry],
    lasts: Mapping[LogId, int],
    unsigned: Set[Place],
) -> frozenset[bytes]:
    """Return the digests of what can be forgotten of these posts' entries and of what came late.

    Not the last entry of a log, by which those before it are proven and its author goes on; not what proves
    an entry that is kept and has no signature; and nothing of a post whose first entry stays, or its claims
    would be open again.
    """
    chosen: dict[Place, set[Entry]] = defaultdict(set)
    for entry in (*(one for history in old.values() for one in history), *late):
        chosen[entry.log, entry.number].add(entry)
    while kept := [place for place in chosen if _is_needed(place, lasts, unsigned, chosen.keys())]:
        while kept:
            stays = {PostId(entry.id) for entry in chosen.pop(kept.pop(), ())}
            kept += [(entry.log, entry.number) for post in old.keys() & stays for entry in old[post]]
    return frozenset(entry.digest for entries in chosen.values() for entry in entries)


def _is_needed(place: Place, lasts: Mapping[LogId, int], unsigned: Set[Place], chosen: Set[Place]) -> bool:
    log, number = place
    before = log, number - 1
    is_proof = before in unsigned and before not in chosen
    return number < FIRST_FORGETTABLE or number >= lasts[log] or is_proof


def _done_at(record: PostRecord, *, is_said: bool) -> int | None:
    """Return from when a post is done; where its poster had no clock, only as the poster stamped it."""
    stamps = []
    for claim in record.claims:
        words = [word for word in (claim.confirmed, claim.delivered if is_said else None) if word]
        stamps += [word.stamp.time_s for word in words if word.stamp.time_s is not None]
    if not stamps:
        return None
    done_s = max(stamps) + SILENT_CONSENT_S
    return done_s if stand(record, done_s).state is PostState.DONE else None


def _open_until(record: PostRecord, claim: ClaimRecord) -> int | None:
    """Return until when somebody may still keep a promise, None where it is kept, given back, or ends with
    its post.
    """
    by_when, posted_s = claim.claimed.by_when, record.entry.stamp.time_s
    if claim.released or claim.delivered or claim.confirmed or by_when is None or posted_s is None:
        return None
    until_s = by_when + STALE_GRACE_S
    return until_s if until_s <= posted_s + LONGEST_OPEN_S else None
