"""The list of posts: only the rows in sight are ever drawn, so that ten thousand are as quick as ten."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from meshboard.domain.ids import PostId
from meshboard.domain.posts import PostKind, Urgency
from meshboard.domain.standing import PostState
from meshboard.domain.views import PostView
from meshboard.ui.columns import columns_for, row_cells

GUTTER_CELLS = 3  # cursor sign, sign for new or mine, space

INKS = (
    *("plain", "text", "quiet", "mark", "cursor"),
    *(kind.name.lower() for kind in PostKind),
    *(urgency.name.lower() for urgency in Urgency),
    *(state.name.lower() for state in PostState),
)
"""The names of the styles a row is written in; each has a rule `posts--NAME` in the style sheet."""


class PostList(ScrollView, can_focus=True):
    """Posts, one a line, with a cursor that stays on its post whatever happens around it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"posts--{name}" for name in INKS}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "move_page(-1)", "Page up", show=False),
        Binding("pagedown,space", "move_page(1)", "Page down", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)

    class Moved(Message):
        """The cursor is on another post."""

    class Widened(Message):
        """The rows have another width than before."""

    class Chosen(Message):
        """A post was clicked twice or entered."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's word for it
        super().__init__(id=id)
        self._posts: Sequence[PostView] = ()
        self._now: int | None = None
        self._fresh: frozenset[PostId] = frozenset()
        self.row_cells = 0
        """The width that rows are drawn in."""

    @property
    def current(self) -> PostView | None:
        """The post under the cursor."""
        return self._posts[self.cursor] if self.cursor < len(self._posts) else None

    def show_posts(self, posts: Sequence[PostView], now: int | None, fresh: frozenset[PostId]) -> None:
        """Show these posts; the cursor follows its post, or stays near where it was."""
        before = self.current
        self._posts, self._now, self._fresh = posts, now, fresh
        place = self.cursor
        if before is not None and not (place < len(posts) and posts[place].id == before.id):
            place = next((row for row, post in enumerate(posts) if post.id == before.id), place)
        self.virtual_size = Size(self.scrollable_content_region.width, len(posts))
        offset_in_view = self.cursor - self.scroll_offset.y
        place = max(0, min(place, len(posts) - 1))
        moved = place != self.cursor
        self.set_reactive(PostList.cursor, place)
        if moved:
            self.scroll_to(y=place - offset_in_view, animate=False, force=True, immediate=True)
        self.refresh()
        self.post_message(self.Moved())

    def show_fresh(self, fresh: frozenset[PostId]) -> None:
        """Mark only these posts as new."""
        self._fresh = fresh
        self.refresh()

    def go_to(self, post: PostId) -> None:
        """Put the cursor on a post, if it is listed."""
        self.cursor = next((row for row, view in enumerate(self._posts) if view.id == post), self.cursor)

    def validate_cursor(self, row: int) -> int:
        """Keep the cursor on the list."""
        return max(0, min(row, len(self._posts) - 1))

    def watch_cursor(self, before: int, row: int) -> None:
        """Draw both rows again and bring the new one in sight."""
        for changed in (before, row):
            self.refresh_line(changed)  # which takes the offset off by itself
        self.scroll_to_region(Region(0, row, 1, 1), animate=False, force=True, immediate=True, x_axis=False)
        self.post_message(self.Moved())

    def action_move(self, rows: int) -> None:
        """Move the cursor by some rows."""
        self.cursor += rows

    def action_move_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self.cursor += pages * max(self.scrollable_content_region.height - 1, 1)

    def action_first(self) -> None:
        """Go to the first post."""
        self.cursor = 0

    def action_last(self) -> None:
        """Go to the last post."""
        self.cursor = len(self._posts) - 1

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where a finger or mouse points; twice opens."""
        row = event.y + self.scroll_offset.y
        if row >= len(self._posts):
            return
        if row == self.cursor:
            self.post_message(self.Chosen())
        self.cursor = row

    def on_resize(self) -> None:
        """Follow the window's width; the height of the list is the number of posts."""
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._posts))

    def render_line(self, y: int) -> Strip:
        """Return one line of the screen."""
        row = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        if width != self.row_cells:
            self.row_cells = width
            self.post_message(self.Widened())
        if row >= len(self._posts):
            return Strip.blank(width, self.rich_style)
        post = self._posts[row]
        is_cursor = row == self.cursor
        base = self.get_component_rich_style("posts--cursor") if is_cursor else self.rich_style
        segments = [Segment(self._gutter(post, is_cursor), base + self._ink("mark", is_cursor))]
        columns = columns_for(width - GUTTER_CELLS)
        for style, words in row_cells(post, columns, self._now):
            segments += [
                Segment(words, base + self._ink(_ink_of(post, style), is_cursor)),
                Segment(" ", base),
            ]
        return Strip(segments[:-1], width)

    def _gutter(self, post: PostView, is_cursor: bool) -> str:
        mark = "+" if post.id in self._fresh else "*" if post.is_mine or post.my_claim else " "
        return f"{'►' if is_cursor else ' '}{mark} "

    def _ink(self, name: str, is_cursor: bool) -> Style:
        """Return only the letters' style; under the cursor all letters take the cursor's colour."""
        style = self.get_component_rich_style(f"posts--{name}", partial=True)
        if is_cursor:
            return Style(bold=style.bold)
        return Style(color=style.color, bold=style.bold, dim=style.dim)


def _ink_of(post: PostView, style: str) -> str:
    """Return which component class a cell takes its colour from."""
    if style == "urgency":
        return post.content.urgency.name.lower()
    if style == "kind":
        return post.content.kind.name.lower()
    if style == "state":
        return post.standing.state.name.lower()
    if style == "text":
        if not post.standing.state.is_live:
            return "quiet"
        return "critical" if post.content.urgency is Urgency.CRITICAL else "text"
    return style
