"""Whom this board does not show, behind one key: mute, see who is muted, show them again."""

from collections.abc import Callable
from functools import partial

from meshboard.domain.views import Action, PostView
from meshboard.errors import MeshboardError
from meshboard.ui.screens.base import when_free
from meshboard.ui.screens.dialogs import ChooseDialog
from meshboard.ui.screens.post_actions import PostActionsScreen

Act = Callable[[], str]
"""Does what was chosen and returns what to say."""


class MuteMenu:
    """The dialog around mutes, over a screen."""

    def __init__(self, screen: PostActionsScreen) -> None:
        self._screen = screen
        self._moderation = screen.service.moderation

    def choose(self) -> None:
        """Offer to mute who posted what the cursor is on, and to show again who is muted."""
        choices = [*self._to_mute(self._screen.post), *self._to_show()]
        if not choices:
            self._screen.say("Nobody is muted here. To mute somebody, go to a post of theirs.")
            return

        def chosen(place: int | None) -> None:
            if place is not None:
                self._do(choices[place][1])

        question = "Mute, at this board only: others still see them"
        self._screen.app.push_screen(ChooseDialog(question, [words for words, _ in choices]), chosen)

    def _to_mute(self, post: PostView | None) -> list[tuple[str, Act]]:
        if post is None or Action.MUTE not in post.actions:
            return []
        station = post.who.via or post.who.name
        name = str(post.who)
        return [
            (f"Mute {name}", partial(self._mute, post, name, whole_station=False)),
            (
                f"Mute everybody at {station}",
                partial(self._mute, post, f"Everybody at {station}", whole_station=True),
            ),
        ]

    def _to_show(self) -> list[tuple[str, Act]]:
        return [
            (
                f"Show again: {'everybody at ' if view.is_station else ''}{view.name}",
                partial(self._unmute, view.id, view.name),
            )
            for view in self._moderation.muted()
        ]

    def _mute(self, post: PostView, name: str, *, whole_station: bool) -> str:
        self._moderation.mute(post.id, whole_station=whole_station)
        return f"{name} is muted here. z shows them again, h shows what is hidden."

    def _unmute(self, number: int, name: str) -> str:
        self._moderation.unmute(number)
        return f"{name} is shown again."

    def _do(self, act: Act) -> None:
        when_free(self._screen, lambda: self._do_now(act))

    def _do_now(self, act: Act) -> None:
        try:
            self._screen.say(act())
        except MeshboardError as error:
            self._screen.say(str(error), is_problem=True)
        self._screen.freshen()
