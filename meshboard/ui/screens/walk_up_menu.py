"""What a board does for people who walk up, behind one key: post, pick up, make a code void."""

from meshboard.domain.ids import PostId
from meshboard.errors import MeshboardError
from meshboard.ui.format import hidden_words, wrong_codes_lines
from meshboard.ui.screens.compose import ComposeScreen
from meshboard.ui.screens.dialogs import AskDialog, ChooseDialog, Field
from meshboard.ui.screens.post_actions import PostActionsScreen
from meshboard.ui.screens.walk_up import CodeScreen, VisitScreen

_CHOICES = (
    "Post for somebody who is here",
    "Come back with a pick-up code",
    "Void a code that others may have seen",
)


class WalkUps:
    """The dialogs around walk-ups, over a screen."""

    def __init__(self, screen: PostActionsScreen) -> None:
        self._screen = screen

    def choose(self) -> None:
        """Ask what to do; tell the keeper of wrong codes."""
        pick_ups = self._screen.service.pick_ups
        lines = wrong_codes_lines(pick_ups.wrong_codes(), is_station_blocked=pick_ups.is_station_blocked())
        question = "\n".join(["People who walk up", *(f"× {line}" for line in lines[:4])])
        self._screen.app.push_screen(ChooseDialog(question, _CHOICES), self._chosen)

    def _chosen(self, place: int | None) -> None:
        match place:
            case 0:
                self._post()
            case 1:
                self._ask_for_code()
            case 2:
                self._void()
            case _:
                pass

    def _post(self) -> None:
        form = ComposeScreen(for_walk_up=True)

        def posted(post: PostId | None) -> None:
            if post is not None:
                view = self._screen.service.post(post)
                self._screen.app.push_screen(CodeScreen(view.code, form.pick_up_code))
                if view.beyond:
                    self._screen.say(hidden_words(view), is_problem=True)

        self._screen.app.push_screen(form, posted)

    def _ask_for_code(self) -> None:
        self._screen.app.push_screen(
            AskDialog(
                "Come back to your post",
                "Both codes are on your slip of paper.",
                [
                    Field("post", "The code of the post", hint="4 letters and digits"),
                    Field("code", "The pick-up code", hint="6 letters and digits", is_secret=True),
                ],
                self._visit,
            )
        )

    def _visit(self, typed: dict[str, str]) -> str:
        try:
            visit = self._screen.service.pick_up(typed["post"], typed["code"])
        except MeshboardError as error:
            return str(error)
        self._screen.app.call_later(self._screen.app.push_screen, VisitScreen(visit))
        return ""

    def _void(self) -> None:
        post = self._screen.post
        self._screen.app.push_screen(
            AskDialog(
                "Void a pick-up code",
                "It fits no more, and whoever comes with it is told why. You can still act for them here.",
                [
                    Field("post", "The code of the post", post.code if post else ""),
                    Field("reason", "Why?"),
                ],
                self._make_void,
            )
        )

    def _make_void(self, typed: dict[str, str]) -> str:
        service = self._screen.service
        try:
            post = service.find(typed["post"])
            service.pick_ups.void(post.id, typed["reason"])
        except MeshboardError as error:
            return str(error)
        self._screen.say(f"The pick-up code of {post.code} is void.")
        return ""
