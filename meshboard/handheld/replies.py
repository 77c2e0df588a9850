"""Replies: what a handheld is told, as short lines, codes first, plain ASCII but for people's own words."""

from decimal import Decimal

from meshboard.domain.posts import Category, PostContent, PostKind, Urgency
from meshboard.domain.standing import ClaimState, PostState
from meshboard.domain.views import Board, ClaimView, HistoryLine, PersonView, PostView
from meshboard.handheld.intents import Verb
from meshboard.handheld.paging import shortened, size

HELP = (
    "Send: need water 5 gal @5th&oak, offer .., task 3 ppl .., notice .., list, list food, my, more. "
    "With a code: show K7Q2, take K7Q2 (2), done, drop, cancel, note. In danger? need help ..!",
)
UNCLEAR = (
    "Sorry, not understood; nothing was done. Try: need .., offer .., list, show K7Q2, take K7Q2, help",
)
NOTHING_MORE = ("That was all. Try: list, my, help",)
NO_QUESTION = ("No question is open (one lasts ten minutes). Send your words again; my shows what is yours.",)
LEFT = ("Left; nothing was changed. To post send: need .. or offer ..",)
ALREADY_DONE = ("That very message was done already, once. To see what is yours send: my",)
TOO_MANY = ("That is more than this board can take in at once. Wait a minute, then go on.",)
LIST_LINE_BYTES = 58  # three lines and two line ends fill a page of 179 bytes
_SHORTEST_TEXT_BYTES = 12
_READ_BACK_BYTES = 80  # with kind, place and how to answer it fits one packet
_ECHO_BYTES = 40  # enough to know one's own words; with code, place and the way to undo it fits one packet
_PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "…": "..", "–": "-", "—": "-"})


def which_one(verb: Verb) -> tuple[str, ...]:
    """Ask for the code that a verb came without."""
    words = " .." if verb is Verb.NOTE else ""
    return (f"Which one? Send: {verb.value} K7Q2{words} with the post's own code. list shows the codes.",)


def may_post(content: PostContent, other: PostKind | None = None) -> list[str]:
    """Ask whether to put this up, as the board understood it; `other` is what it may be instead."""
    place = f" @{content.place}" if content.place else ""
    words = f"{shortened(content.text, _READ_BACK_BYTES)}{place}"
    if other is None:
        return [f"Post as {_kind_read(content)}: {words}? Send yes to post it, no to leave it."]
    first, second = content.kind.name.lower(), other.name.lower()
    return [f"Post as {_kind_read(content)} or {other.name}: {words}? Send {first}, {second} or no."]


def _kind_read(content: PostContent) -> str:
    urgency = f" ({content.urgency.name})" if content.urgency >= Urgency.HIGH else ""
    return f"{content.kind.name}{urgency}"


def about(post: PostView, need: PostContent | None = None) -> list[str]:
    """Say what can be done about a post where it is not plain what was meant; ask whether to post a need."""
    code = post.code
    if not post.standing.state.is_live:
        ways = f"it is {post.standing.state.value}"
    elif post.is_mine:
        ways = f"send cancel {code} to take it down, note {code} .. to add words"
    elif post.my_claim is not None:
        ways = f"send done {code} when it is done, drop {code} to give it back"
    else:
        ways = f"send take {code} to do it, note {code} .. to add words"
    if need is None:
        return [f"About {code}: nothing was done; {ways}."]
    words = shortened(need.text, _ECHO_BYTES)
    return [f"About {code}: {ways}, or yes to post: {_kind_read(need)}: {words}"]


def may_give_up(post: PostView) -> list[str]:
    """Ask whether to take the sender's own post down, or to give their claim back."""
    what = f"take your post {post.code} down?" if post.is_mine else f"{post.code}: give it back?"
    return [f"{what} Send yes or no.", list_line(post)]


def may_act(verb: Verb, code: str) -> list[str]:
    """Ask whether to take a post on, or whether it is done."""
    return [f"{code.upper()}: {'do you take it' if verb is Verb.TAKE else 'is it done'}? Send yes or no."]


def no_part(post: PostView) -> list[str]:
    """Say that there is nothing to give up, and how to take it."""
    return [
        f"{post.code} is not your post and you have not taken it; nothing was done. "
        f"To take it send: take {post.code}"
    ]


def refusal(sentence: str) -> tuple[str, ...]:
    """Return why something was not done."""
    return (sentence.translate(_PLAIN),)


def listing(board: Board, category: Category | None, kind: PostKind | None) -> list[str]:
    """Return a line for each post of a list, and how to reach those that are not in it."""
    if not board.posts:
        return [_nothing(board, category, kind)]
    lines = [list_line(post) for post in board.posts]
    if board.total > len(board.posts):
        lines.append(f"and {board.total - len(board.posts)} more; ask for less, such as: list food")
    return lines


def my_list(board: Board) -> list[str]:
    """Return a line for each post the sender made or carries."""
    lines = [f"{list_line(post)}{_my_part(post)}" for post in board.posts]
    return lines or ["You have no posts here and carry none. Try: list, help"]


_NOT_PRIVATE = "There is a contact for you, but this node's messages are not private; ask at the board."


def list_line(post: PostView) -> str:
    """Return one post in at most LIST_LINE_BYTES (a very long place or amount may take more)."""
    if post.is_hidden:
        return f"{post.code} {post.hidden}"
    mark = "!" if post.content.urgency >= Urgency.HIGH else ""
    head = " ".join(part for part in (f"{post.code}{mark}", _kind(post), _open_amount(post)) if part)
    tail = f" @{post.content.place}" if post.content.place else ""
    if post.standing.state is PostState.CLAIMED:
        tail += " (taken)"
    room = max(LIST_LINE_BYTES - size(head) - 1 - size(tail), _SHORTEST_TEXT_BYTES)
    return f"{head} {shortened(post.content.text, room)}{tail}"


def whole_post(post: PostView, now_s: int | None, *, is_private: bool) -> list[str]:
    """Return everything about one post: what it says, how it stands, who does what, notes.

    A contact that was handed to the sender is told only where nobody else can read the answer.
    """
    lines = [_says(post), f"{_state(post)}; from {_name(post.who)}{_age(post.posted_at, now_s)}"]
    if post.beyond:
        lines.append(f"hidden: {post.beyond}")
    if post.contact is not None and post.contact.text:
        lines.append(f"contact: {post.contact.text}" if is_private else _NOT_PRIVATE)
    lines += [claim.sentence for claim in post.claims if _counts(claim)]
    lines += [f"{_name(line.who)} {line.sentence}" for line in post.history if _is_note(line)]
    return lines


def published(post: PostView) -> list[str]:
    """Say that a post is up, as the board understood it, or that nobody sees it yet."""
    if post.beyond:
        return [
            f"{post.code}: stored, but hidden: {post.beyond}. Tell the keeper. To undo: cancel {post.code}"
        ]
    about = "" if post.content.category is Category.OTHER else f" ({post.content.category.name.lower()})"
    words = _says(post, _ECHO_BYTES)
    return [f"{words}{about}. It is on the board. To undo send: cancel {post.code}"]


def taken(post: PostView) -> list[str]:
    """Say what the sender now carries, or that others came first."""
    claim = next((claim for claim in post.claims if claim.id == post.my_claim), None)
    if claim is None:
        return [f"{post.code}: it is yours."]
    if claim.standing.holds == 0:
        return [f"{post.code}: {claim.sentence}", f"To leave the line send: drop {post.code}"]
    return [
        f"{post.code}: {claim.sentence}",
        f"When it is done send: done {post.code}. Cannot? drop {post.code}",
    ]


def delivered(post: PostView) -> list[str]:
    """Say that the sender's part is marked as delivered."""
    return [f"{post.code}: thank you, marked as delivered. {_name(post.who)} can confirm it."]


def confirmed(post: PostView) -> list[str]:
    """Say that the poster confirmed what was done, and what of it is still open."""
    if post.standing.left > 0:
        return [
            f"{post.code}: confirmed. {_amount(post, post.standing.left)} still open; "
            f"if you need no more send: cancel {post.code}"
        ]
    return [f"{post.code}: confirmed, thank you. It is {post.standing.state.value}."]


def dropped(post: PostView) -> list[str]:
    """Say that the sender's claim is given back."""
    return [f"{post.code}: given back; others can take it now. Thanks for saying so."]


def withdrawn(post: PostView, because: str = "") -> list[str]:
    """Say that a post is taken down, and why where the sender did not ask for just that."""
    return [f"{post.code}: taken down{because}."]


def asked_only(post: PostView, via: str) -> list[str]:
    """Say that a request made here is only shown, and who can do it: `via` is the station it began at."""
    return [f"{post.code}: asked, not done. Tell {via or 'its own station'} yourself, or its keeper does it."]


def noted(post: PostView) -> list[str]:
    """Say that a note is on a post."""
    return [f"{post.code}: note added."]


def _says(post: PostView, text_bytes: int | None = None) -> str:
    """Return what a post says on one line, `K7Q2 need 5 gal: water @5th&oak`; the text at most so long."""
    content = post.content
    urgency = f" {content.urgency.name}" if content.urgency >= Urgency.HIGH else ""
    amount = f" {_amount(post, content.quantity.amount)}" if content.quantity else ""
    place = f" @{content.place}" if content.place else ""
    text = content.text if text_bytes is None else shortened(content.text, text_bytes)
    return f"{post.code} {_kind(post)}{urgency}{amount}: {text}{place}"


def _kind(post: PostView) -> str:
    return post.content.kind.name.lower()


def _amount(post: PostView, amount: Decimal) -> str:
    unit = post.content.quantity.unit if post.content.quantity else ""
    return f"{amount.normalize():f} {unit}".rstrip()


def _open_amount(post: PostView) -> str:
    """Return how much is still open: `5 gal`, `2 of 5 gal`."""
    if post.content.quantity is None:
        return ""
    whole = _amount(post, post.standing.wanted)
    if post.standing.state is not PostState.PARTLY_CLAIMED:
        return whole
    return f"{post.standing.left.normalize():f} of {whole}"


def _state(post: PostView) -> str:
    doubt = " (nobody objected)" if post.standing.is_inferred else ""
    if post.standing.state is PostState.PARTLY_CLAIMED:
        return f"partly claimed, {_amount(post, post.standing.left)} left"
    return f"{post.standing.state.value}{doubt}"


def _my_part(post: PostView) -> str:
    parts = ["yours"] if post.is_mine else []
    parts += ["you do it"] if post.my_claim else []
    parts += ["hidden"] if post.beyond else []
    return f" [{', '.join(parts)}]" if parts else ""


def _counts(claim: ClaimView) -> bool:
    return claim.standing.state is not ClaimState.RELEASED


def _is_note(line: HistoryLine) -> bool:
    return line.sentence.startswith("noted: ")


def _name(who: PersonView) -> str:
    return "you" if who.is_me else str(who)


def _age(posted_at: int | None, now_s: int | None) -> str:
    if posted_at is None or now_s is None or now_s < posted_at:
        return ""
    minutes = (now_s - posted_at) // 60
    if minutes < 60:
        return f", {minutes} min ago"
    return f", {minutes // 60} h ago" if minutes < 48 * 60 else f", {minutes // (24 * 60)} days ago"


def _nothing(board: Board, category: Category | None, kind: PostKind | None) -> str:
    about = " ".join(part.name.lower() for part in (category, kind) if part is not None)
    if board.live_total == 0 or not about:
        return "The board is empty. To post send: need water 5 gal @5th&oak"
    return f"Nothing open for {about}. {board.live_total} other open: send list"
