"""One post: what it says, who claimed what, what happened, and what can be done."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from meshboard.domain.ids import PostId
from meshboard.domain.people import Actor
from meshboard.domain.views import PostView
from meshboard.ui.post_words import full, history
from meshboard.ui.screens.post_actions import PostActionsScreen
from meshboard.ui.widgets.key_bar import KeyBar
from meshboard.ui.widgets.status_line import StatusLine
from meshboard.ui.widgets.title_bar import TitleBar

READABLE_CELLS = 100  # as in the style sheet: longer lines are hard to follow


class PostScreen(PostActionsScreen):
    """Everything about one post."""

    HELP: ClassVar[str] = "post"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,backspace", "dismiss", "back"),
    ]

    def __init__(self, post: PostId, actor: Actor | None = None) -> None:
        """Show a post to `actor`, None = the station's own member."""
        super().__init__(actor)
        self._post_id = post
        self._post: PostView | None = None

    @property
    def post(self) -> PostView | None:
        """The post shown."""
        return self._post

    def compose(self) -> ComposeResult:
        """Lay out the text and the keys."""
        yield TitleBar("post")
        with VerticalScroll(id="page"):
            yield Static(id="post", markup=False)
            yield Static(id="history", markup=False, classes="gap")
        yield StatusLine()
        yield KeyBar("post", "")

    def on_resize(self) -> None:
        """Wrap anew."""
        self.call_after_refresh(self.freshen)

    def read(self) -> None:
        """Read the post again."""
        post = self.service.post(self._post_id, self.actor)
        before, self._post = self._post, post
        now = self.service.now()
        page = self.query_one("#page").scrollable_content_region.width
        self.query_one("#post", Static).update(full(post, now, self.has_radio, min(page, READABLE_CELLS)))
        self.query_one("#history", Static).update(history(post, now) if post.history else Content(""))
        self.query_one(KeyBar).subject = post.code
        if before is None or before.actions != post.actions:
            self.refresh_bindings()
