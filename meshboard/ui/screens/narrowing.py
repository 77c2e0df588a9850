"""What narrows the board: the keys, the search, and the line that says what is shown."""

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from meshboard.domain.posts import Category
from meshboard.domain.views import Board, BoardQuery
from meshboard.ui.filters import (
    EVERYTHING_LIVE,
    count_words,
    filter_words,
    is_narrowed,
    next_kind,
    next_urgency,
    with_category,
)
from meshboard.ui.screens.dialogs import ChooseDialog
from meshboard.ui.screens.post_actions import PostActionsScreen
from meshboard.ui.widgets.fields import SearchField
from meshboard.ui.widgets.key_bar import KeyBar
from meshboard.ui.widgets.post_list import PostList

_FILTER = Binding.Group("filter")


class NarrowingScreen(PostActionsScreen):
    """A screen with a list of posts that keys narrow."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "find", key_display="/", group=_FILTER),
        Binding("k", "kind", "kind", group=_FILTER),
        Binding("c", "category", "about", group=_FILTER),
        Binding("u", "urgency", "urgent", group=_FILTER),
        Binding("m", "mine", "mine", group=_FILTER),
        Binding("a", "all", "closed", group=_FILTER),
        Binding("h", "hidden", "hidden", group=_FILTER),
        Binding("escape", "everything", "everything", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._query = EVERYTHING_LIVE

    @property
    def narrowed_to(self) -> BoardQuery:
        """What the list is narrowed to."""
        return self._query

    def compose_filter(self) -> ComposeResult:
        """Lay out the line above the list."""
        with Horizontal(id="filter-line"):
            yield Static(id="filter", markup=False)
            yield KeyBar("filter", is_short=True, id="filter-keys")
            yield SearchField()

    def show_filter(self, board: Board, new_posts: int) -> None:
        """Say above the list what it shows, and how much that is."""
        narrowed = is_narrowed(self._query)
        words = Content.assemble(
            (filter_words(self._query), "bold $accent" if narrowed else "bold"),
            (f"  {count_words(board, self._query)}", "$quiet"),
            (f", {new_posts} new" if new_posts else "", "bold $accent"),
            (self._way_back(), "$quiet"),
        )
        self.query_one("#filter", Static).update(words)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search as somebody types."""
        self._narrow(replace(self._query, text=event.value.strip()))

    def on_input_submitted(self) -> None:
        """Keep what was searched for and go back to the list."""
        self._end_search()

    def action_search(self) -> None:
        """Begin to search."""
        search = self.query_one(SearchField)
        search.display = True
        self.query_one("#filter-keys").display = False
        search.focus()

    def action_kind(self) -> None:
        """Show the next kind."""
        self._narrow(next_kind(self._query))

    def action_urgency(self) -> None:
        """Show the next urgency."""
        self._narrow(next_urgency(self._query))

    def action_mine(self) -> None:
        """Show only what concerns the person here, or everybody's."""
        self._narrow(replace(self._query, mine_only=not self._query.mine_only))

    def action_all(self) -> None:
        """Show closed posts too, or only live ones."""
        self._narrow(replace(self._query, live_only=not self._query.live_only))

    def action_hidden(self) -> None:
        """Show what is hidden too, or hide it again."""
        self._narrow(replace(self._query, with_hidden=not self._query.with_hidden))

    def action_category(self) -> None:
        """Ask for a category."""
        shown = next(iter(self._query.categories), None)
        names = ["everything", *(category.name.lower() for category in Category)]

        def chosen(place: int | None) -> None:
            if place is not None:
                self._narrow(with_category(self._query, Category(place - 1) if place else None))

        self.app.push_screen(ChooseDialog("About what?", names, 0 if shown is None else shown + 1), chosen)

    def action_everything(self) -> None:
        """Take every filter away."""
        self.query_one(SearchField).value = ""
        self._end_search()
        self._narrow(EVERYTHING_LIVE)

    def _narrow(self, query: BoardQuery) -> None:
        if query != self._query:
            self._query = query
            self.freshen()

    def _end_search(self) -> None:
        self.query_one(SearchField).display = False
        self.query_one("#filter-keys").display = True
        self.query_one(PostList).focus()

    def _way_back(self) -> str:
        is_whole = self._query == EVERYTHING_LIVE
        return "" if is_whole or self.query_one(SearchField).display else "  Esc: everything"
