"""Say everything about one post, as styled words that are never taken for markup."""

from textual.content import Content

from meshboard.domain.posts import PostKind, Urgency
from meshboard.domain.standing import ClaimState
from meshboard.domain.views import ClaimView, HistoryLine, PostView
from meshboard.ui.format import (
    HAND_OFF_WORDS,
    URGENCY_SIGN,
    ago,
    moment,
    share_sentence,
    state_words,
    stays_up,
    travelled,
    window_words,
)

_LABEL_CELLS = 10

_KIND_STYLE = {
    PostKind.NEED: "bold $need",
    PostKind.OFFER: "bold $offer",
    PostKind.TASK: "bold $task",
    PostKind.NOTICE: "bold $notice",
}

_URGENCY_STYLE = {
    Urgency.LOW: "$quiet",
    Urgency.NORMAL: "$quiet",
    Urgency.HIGH: "bold $warning",
    Urgency.CRITICAL: "bold $critical",
}

_CLAIM_SIGN = {
    ClaimState.PROMISED: "○",
    ClaimState.DELIVERED: "■",
    ClaimState.CONFIRMED: "√",
    ClaimState.RELEASED: "×",
}


def headline(post: PostView) -> Content:
    """Return the first line: code, kind, category, urgency and state."""
    content = post.content
    sign = URGENCY_SIGN[content.urgency]
    return Content.assemble(
        (post.code, "bold"),
        "  ",
        (content.kind.name.lower(), _KIND_STYLE[content.kind]),
        (f" · {content.category.name.lower()} · ", "$quiet"),
        (f"{sign} {content.urgency.name.lower()}".strip(), _URGENCY_STYLE[content.urgency]),
        (" · ", "$quiet"),
        (state_words(post), "bold"),
    )


def brief(post: PostView, now: int | None) -> Content:
    """Return a post in a few lines, for the strip under a narrow list."""
    lines = [headline(post), Content(post.content.text), _quiet_line(post, now), *_carried(post)]
    return Content("\n").join(lines)


def folded(post: PostView) -> Content:
    """Return what stands in the place of a hidden post: why, and who flagged it, but not its words."""
    flagged = f"Flagged by {', '.join(str(who) for who in post.flagged_by)}. " if post.flagged_by else ""
    why = Content.assemble((f"{post.code}  ", "bold"), (post.hidden, "bold $warning"))
    return Content("\n").join(
        [why, Content(f"{flagged}Press h to show hidden posts here, Enter for this one.")]
    )


def full(post: PostView, now: int | None, has_radio: bool, width: int) -> Content:
    """Return everything about a post but its history, its facts wrapped within `width` cells."""
    parts = [headline(post), Content(""), Content.styled(post.content.text, "bold"), Content("")]
    parts += [_fact(label, words, width) for label, words in _facts(post, now, has_radio) if words]
    if post.content.kind is not PostKind.NOTICE:
        parts += [Content(""), *_claims(post, now)]
    return Content("\n").join(parts)


def history(post: PostView, now: int | None) -> Content:
    """Return what happened to a post, oldest first."""
    lines = [Content.styled("What happened", "bold $primary")]
    lines += [_happened(line, now) for line in post.history]
    if post.hidden_notes:
        lines.append(Content.styled(f"({post.hidden_notes})", "$quiet"))
    return Content("\n").join(lines)


def _quiet_line(post: PostView, now: int | None) -> Content:
    who = "you" if post.is_mine else str(post.who)
    parts = [post.content.place, share_sentence(post), f"by {who} {ago(post.posted_at, now)}"]
    return Content.styled(" · ".join(part for part in parts if part), "$quiet")


def _carried(post: PostView) -> list[Content]:
    """Return who carries a post, of several the first, in a line; nothing where nobody does."""
    carried = [claim for claim in post.claims if claim.standing.state is not ClaimState.RELEASED]
    if not carried:
        return []
    by_when = _by_when(carried[0])
    parts = [
        carried[0].sentence,
        f"By {by_when}." if by_when else "",
        f"+{len(carried) - 1} more" if len(carried) > 1 else "",
    ]
    return [Content(" ".join(part for part in parts if part))]


def _by_when(claim: ClaimView) -> str:
    by_when = claim.standing.record.claimed.by_when
    return moment(by_when) if by_when is not None else ""


def _facts(post: PostView, now: int | None, has_radio: bool) -> list[tuple[str, str]]:
    content = post.content
    hand_off = HAND_OFF_WORDS[content.hand_off] if content.hand_off else ""
    who = f"you ({post.who})" if post.is_mine else str(post.who)
    return [
        ("how much", share_sentence(post)),
        ("where", content.place),
        ("when", window_words(content.window) if content.window else ""),
        ("tags", ", ".join(content.tags)),
        ("hand-off", hand_off),
        *_contact(post, now),
        ("flagged", ", ".join("you" if one.is_me else str(one) for one in post.flagged_by)),
        ("hidden", post.beyond),
        ("posted by", f"{who}, {ago(post.posted_at, now)}"),
        ("until", stays_up(post, now) if post.standing.state.is_live else ""),
        ("travelled", travelled(post, has_radio)),
    ]


def _contact(post: PostView, now: int | None) -> list[tuple[str, str]]:
    if post.contact is None:
        return []
    handed = [f"{reader.station}, {ago(reader.handed_at, now)}" for reader in post.contact.readers]
    text = post.contact.text
    return [
        ("contact", text),
        ("" if text else "contact", post.contact.sentence),
        ("handed to", "; ".join(handed)),
    ]


def _fact(label: str, words: str, width: int) -> Content:
    lines = Content(words).wrap(max(width - _LABEL_CELLS, _LABEL_CELLS))
    indented = Content("\n" + " " * _LABEL_CELLS).join(lines)
    return Content.styled(label.ljust(_LABEL_CELLS), "$quiet") + indented


def _claims(post: PostView, now: int | None) -> list[Content]:
    title = Content.styled("Claims, in their order", "bold $primary")
    if not post.claims:
        nobody = "Nobody has taken this on yet." if post.standing.state.is_live else "Nobody took this on."
        return [title, Content.styled(nobody, "$quiet")]
    return [title, *(line for claim in post.claims for line in _claim(claim, now))]


def _claim(claim: ClaimView, now: int | None) -> list[Content]:
    standing = claim.standing
    sign = "…" if standing.is_waiting and not standing.holds else _CLAIM_SIGN[standing.state]
    style = "$quiet" if standing.state is ClaimState.RELEASED else ""
    lines = [
        Content.assemble(
            (f"{sign} ", "bold"), (claim.sentence, style), (f"  ({ago(claim.made_at, now)})", "$quiet")
        )
    ]
    by_when = _by_when(claim)
    if by_when:
        late = " (that time has passed)" if claim.standing.is_stale else ""
        lines.append(Content.assemble(("  done by: ", "$quiet"), f"{by_when}{late}"))
    if claim.note:
        lines.append(Content.assemble(("  note: ", "$quiet"), claim.note))
    return lines


def _happened(line: HistoryLine, now: int | None) -> Content:
    who = "you" if line.who.is_me else str(line.who)
    asked = (
        " (asked through another station; waits for the one it was posted from)" if line.is_request else ""
    )
    return Content.assemble(
        (ago(line.at, now).ljust(13), "$quiet"), (who, "bold"), f" {line.sentence}{asked}"
    )
