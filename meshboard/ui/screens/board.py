"""The board: every post in sight, narrowed by a key, one of them explained beside it."""

from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from meshboard.domain.ids import PostId
from meshboard.domain.views import Action, Board, PostView
from meshboard.ui.columns import columns_for, header_line
from meshboard.ui.filters import (
    is_narrowed,
    nothing_words,
)
from meshboard.ui.format import hidden_words
from meshboard.ui.post_words import brief, folded, full
from meshboard.ui.screens.circle import CircleScreen
from meshboard.ui.screens.compose import ComposeScreen
from meshboard.ui.screens.mesh import MeshScreen
from meshboard.ui.screens.mute_menu import MuteMenu
from meshboard.ui.screens.narrowing import NarrowingScreen
from meshboard.ui.screens.post import PostScreen
from meshboard.ui.screens.walk_up_menu import WalkUps
from meshboard.ui.widgets.key_bar import KeyBar
from meshboard.ui.widgets.post_list import GUTTER_CELLS, PostList
from meshboard.ui.widgets.search_field import SearchField
from meshboard.ui.widgets.status_line import StatusLine
from meshboard.ui.widgets.title_bar import TitleBar

WIDE_FROM_CELLS = 120
FIRST_POSTS = (
    300  # some ten screens' worth: read in a tenth of a second on a slow machine, of ten thousand too
)
_GROWTH = 4  # how many times more are read once the cursor comes into the last fifth of what was read


class BoardScreen(NarrowingScreen):
    """The main screen."""

    HELP: ClassVar[str] = "board"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "new"),
        Binding("enter", "open", "open"),
        Binding("v", "walk_ups", "visitors"),
        Binding("z", "mutes", "mute"),
        Binding("s", "mesh", "mesh"),
        Binding("i", "circle", "circle"),
        Binding("p", "strangers", "who asks"),
        Binding("q", "app.quit_asking", "quit"),
    ]

    def __init__(self, banner: str = "") -> None:
        super().__init__()
        self._banner = banner
        self.first_posts = FIRST_POSTS
        """How many posts are read at first."""
        self._board = Board((), 0, 0)
        self._known: set[PostId] | None = None
        self._was_whole = False
        self._fresh: set[PostId] = set()
        self._actions: tuple[Action, ...] = ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer strangers only while there are some."""
        return self.has_strangers if action == "strangers" else super().check_action(action, parameters)

    def compose(self) -> ComposeResult:
        """Lay out list, strip or pane for the post under the cursor, and the lines around them."""
        yield TitleBar("", self._banner)
        yield from self.compose_filter()
        with Horizontal(id="middle"):
            with Vertical(id="left"):
                yield Static(id="columns", markup=False)
                yield Static(id="nothing", markup=False)
                yield PostList(id="posts")
                yield Static(id="hidden", markup=False)
            yield Static(id="preview", markup=False)
        yield StatusLine("p")
        yield KeyBar("post", "", id="keys")

    def on_mount(self) -> None:
        """Start in the list, if it was laid out: an app told to end stops that, and mounts all the same."""
        self.query(SearchField).set(display=False)
        self.query(PostList).focus()

    @property
    def post(self) -> PostView | None:
        """The post under the cursor."""
        return self.query_one(PostList).current if self.is_whole else None

    def read(self) -> None:
        """Read the board once, and show what changed."""
        self._board = self.service.board(replace(self.narrowed_to, limit=self._posts_wanted()))
        if self.narrowed_to.with_hidden:
            shown = tuple(replace(post, hidden="") for post in self._board.posts)
            self._board = replace(self._board, posts=shown)
        self._mark_arrivals()
        self._show_hidden()
        posts = self.query_one(PostList)
        posts.show_posts(self._board.posts, self.service.now(), frozenset(self._fresh))
        has_posts = bool(self._board.posts)
        posts.display = has_posts
        nothing = self.query_one("#nothing", Static)
        nothing.display = not has_posts
        self.query_one("#preview").display = has_posts
        if not has_posts:
            words = nothing_words(self._board, self.narrowed_to, awaits_others=self._awaits_others())
            nothing.update(Content(words))
        if posts.display and self.focused is None:
            posts.focus()
        self.show_filter(self._board, len(self._fresh))

    def on_resize(self, event: events.Resize) -> None:
        """Put the chosen post beside the list where there is room, else below it."""
        self.set_class(event.size.width >= WIDE_FROM_CELLS, "-wide")
        self.set_class(event.size.height < 20, "-low")
        self.call_after_refresh(lambda: self._show_preview(self.post))

    def on_post_list_moved(self) -> None:
        """Show the post under the cursor; it is no longer new to whoever looks at it."""
        post = self.post
        if post is not None and post.id in self._fresh:
            self._fresh.discard(post.id)
            self.query_one(PostList).show_fresh(frozenset(self._fresh))
            self.show_filter(self._board, len(self._fresh))
        self._show_preview(post)
        actions = post.actions if post else ()
        if actions != self._actions:
            self._actions = actions
            self.refresh_bindings()
        self.query_one("#keys", KeyBar).subject = post.code if post else ""
        self._read_more()

    def on_post_list_widened(self) -> None:
        """Put the titles over the columns."""
        width = self.query_one(PostList).row_cells
        line = " " * GUTTER_CELLS + header_line(columns_for(width - GUTTER_CELLS))
        self.query_one("#columns", Static).update(Content(line))

    def on_post_list_chosen(self) -> None:
        """Open the post that was pointed at."""
        self.action_open()

    def action_open(self) -> None:
        """Show everything about the post under the cursor."""
        if self.post is not None:
            self.app.push_screen(PostScreen(self.post.id))

    def action_new(self) -> None:
        """Write a post, of the kind the board is narrowed to."""
        kind = next(iter(self.narrowed_to.kinds), None)
        self.app.push_screen(ComposeScreen(kind=kind) if kind is not None else ComposeScreen(), self._posted)

    def action_walk_ups(self) -> None:
        """Ask what to do for somebody who walked up."""
        WalkUps(self).choose()

    def action_mutes(self) -> None:
        """Ask whom to mute or to show again."""
        MuteMenu(self).choose()

    def action_mesh(self) -> None:
        """Show the stations and the link."""
        self.app.push_screen(MeshScreen())

    def action_circle(self) -> None:
        """Show the circle, its people and its invites."""
        self.app.push_screen(CircleScreen())

    def action_strangers(self) -> None:
        """Show who asks to be vouched for."""
        self.app.push_screen(CircleScreen(at_stranger=True))

    def _posted(self, posted: PostId | None) -> None:
        if posted is None:
            return
        self._known = self._known and {*self._known, posted}
        self.freshen()
        self.query_one(PostList).go_to(posted)
        post = self.service.post(posted)
        if post.beyond:
            self.say(hidden_words(post), is_problem=True)
        else:
            self.say("Posted. It is stored here; the other boards follow.")

    def _read_more(self) -> None:
        if self._board.total > len(self._board.posts) and self._posts_wanted() > len(self._board.posts):
            self.freshen()

    def _posts_wanted(self) -> int:
        """Return how many posts to read, so that the cursor has some way to go."""
        wanted = self.first_posts
        while self.query_one(PostList).cursor >= wanted * 4 // 5:
            wanted *= _GROWTH
        return wanted

    def _mark_arrivals(self) -> None:
        """Mark posts that were not there before, while nothing hides any."""
        if is_narrowed(self.narrowed_to) or not self.narrowed_to.live_only:
            return
        posts = self._board.posts
        is_whole = self._board.total == len(posts)
        if self._known is not None:
            last_known = max((row for row, post in enumerate(posts) if post.id in self._known), default=0)
            # What follows the last known post may only have moved up into what is read.
            sure = posts if is_whole and self._was_whole else posts[:last_known]
            self._fresh.update(post.id for post in sure if post.id not in self._known and not post.is_mine)
        self._was_whole = is_whole
        self._known = (self._known or set()) | {post.id for post in posts}

    def _show_hidden(self) -> None:
        """Say below the list what it leaves out."""
        line = self.query_one("#hidden", Static)
        line.display = bool(self._board.hidden)
        line.update(Content.styled(f"{' · '.join(self._board.hidden)} (h)", "$quiet"))

    def _awaits_others(self) -> bool:
        status = self.service.status()
        return bool(status.circle_detail) or not all(station.agrees for station in status.stations)

    def _show_preview(self, post: PostView | None) -> None:
        preview = self.query_one("#preview", Static)
        if post is None:
            preview.update("")
            return
        now = self.service.now()
        if post.is_hidden:
            preview.update(folded(post), layout=False)
        elif self.has_class("-wide"):
            preview.update(full(post, now, self.has_radio, preview.content_size.width), layout=False)
        else:
            preview.update(brief(post, now), layout=False)
