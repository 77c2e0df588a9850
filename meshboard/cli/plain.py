"""Posts as lines for people, in the same words as the screens."""

from meshboard.domain.views import ClaimView, PostView
from meshboard.ui.format import (
    HAND_OFF_WORDS,
    URGENCY_SIGN,
    ago,
    left_words,
    moment,
    share_sentence,
    state_words,
    stays_up,
    travelled,
    window_words,
)


def post_line(post: PostView, now_s: int | None, *, with_hidden: bool = False) -> str:
    """Return one line of a list: code, urgency, kind, category, words, and in brackets all else."""
    content = post.content
    if post.is_hidden and not with_hidden:
        return f"{post.code:<5}    {post.hidden} · meshboard show {post.code} shows it"
    place = f"@ {content.place}" if content.place else ""
    details = [left_words(post), place, state_words(post), str(post.who), ago(post.posted_at, now_s)]
    return (
        f"{post.code:<5} {URGENCY_SIGN[content.urgency]:<2} {content.kind.name.lower():<6} "
        f"{content.category.name.lower():<9} {content.text} [{', '.join(filter(None, details))}]"
    )


def post_page(post: PostView, now_s: int | None) -> str:
    """Return everything about one post, for reading."""
    content = post.content
    lines = [
        f"{post.code}  {content.kind.name.lower()} · {content.category.name.lower()} · "
        f"{content.urgency.name.lower()} · {state_words(post)}",
        f"  {content.text}",
        f"  posted by {post.who}, {ago(post.posted_at, now_s)}",
    ]
    lines += [f"  {label}: {words}" for label, words in _facts(post, now_s) if words]
    lines += [f"  - {_claim(claim)}" for claim in post.claims]
    return "\n".join([*lines, *_history(post, now_s)])


def _claim(claim: ClaimView) -> str:
    by_when = claim.standing.record.claimed.by_when
    due = f" By {moment(by_when)}." if by_when is not None else ""
    note = f" “{claim.note}”" if claim.note else ""
    return f"{claim.sentence}{due}{note}"


def _facts(post: PostView, now_s: int | None) -> list[tuple[str, str]]:
    content = post.content
    return [
        ("how much", share_sentence(post)),
        ("place", content.place),
        ("when", window_words(content.window) if content.window else ""),
        ("tags", ", ".join(content.tags)),
        ("hand-off", HAND_OFF_WORDS[content.hand_off] if content.hand_off else ""),
        *_contact(post, now_s),
        ("flagged by", ", ".join(str(who) for who in post.flagged_by)),
        ("hidden", post.hidden or post.beyond),
        ("until", stays_up(post, now_s) if post.standing.state.is_live else ""),
        ("travelled", travelled(post)),
    ]


def _contact(post: PostView, now_s: int | None) -> list[tuple[str, str]]:
    if post.contact is None:
        return []
    handed = [f"{reader.station}, {ago(reader.handed_at, now_s)}" for reader in post.contact.readers]
    return [
        ("contact", post.contact.text),
        ("contact", post.contact.sentence),
        *(("handed to", words) for words in handed),
    ]


def _history(post: PostView, now_s: int | None) -> list[str]:
    lines = ["  history:"] if post.history else []
    for line in post.history:
        asked = " (asked; waits for its own station)" if line.is_request else ""
        lines.append(f"    {line.who} {line.sentence}, {ago(line.at, now_s)}{asked}")
    if post.hidden_notes:
        lines.append(f"    {post.hidden_notes}")
    return lines
