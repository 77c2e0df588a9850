"""The circle: what holds it together, who is in it, and the invites to it."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from meshboard.domain.ids import AuthorId
from meshboard.errors import MeshboardError
from meshboard.station.circle.circle_people import CirclePerson, CircleView, InviteLine
from meshboard.station.circle.invites import InviteView
from meshboard.ui.circle_words import (
    circle_words,
    invite_line,
    invite_words,
    is_open,
    person_line,
    person_words,
)
from meshboard.ui.screens.circle_moves import CircleMoves
from meshboard.ui.screens.circles import CirclesScreen
from meshboard.ui.screens.dialogs import ALSO_KEY
from meshboard.ui.screens.invite import InviteForm, InviteScreen, void_dialog
from meshboard.ui.screens.people_acts import PeopleActsScreen, is_removable
from meshboard.ui.widgets.key_bar import KeyBar
from meshboard.ui.widgets.marked_list import MarkedList
from meshboard.ui.widgets.status_line import StatusLine
from meshboard.ui.widgets.title_bar import TitleBar

_MARK, _NO_MARK = "» ", "  "
_MARGIN_CELLS = 6  # padding of the list, the sign of the line chosen, and the scroll bar


class CircleScreen(PeopleActsScreen, CircleMoves):
    """Shows the circle, its people and its invites; keys act on the line under the cursor."""

    HELP: ClassVar[str] = "circle"
    BINDINGS: ClassVar[list[BindingType]] = [
        # The list takes Enter itself, which hides it from the bar; Ctrl+J is another name for it.
        Binding("ctrl+j", "show", "show it", key_display="Enter"),
        Binding("i", "invite", "invite"),
        Binding("x", "void", "make void"),
        Binding("space", "mark", "mark", key_display="Space"),
        Binding("c", "circles", "circles"),
        Binding("escape,q,backspace", "dismiss", "back"),
    ]

    def __init__(self, *, at_stranger: bool = False) -> None:
        """Begin at the first who asks for a vouch, or at the top."""
        super().__init__()
        self._at_stranger = at_stranger
        self._invites: tuple[InviteLine, ...] = ()
        self._marked: set[AuthorId] = set()
        self._shown: tuple[tuple[str, str], ...] = ()

    def compose(self) -> ComposeResult:
        """Lay out the circle above the list, and what is known of the line under the cursor below."""
        yield TitleBar("circle")
        yield Static(id="about", markup=False)
        yield MarkedList(id="people", compact=True)
        yield Static(id="details", markup=False)
        yield StatusLine()
        yield KeyBar()

    @property
    def circle_here(self) -> CircleView | None:
        """The circle on this screen."""
        return self.circle

    @property
    def person(self) -> CirclePerson | None:
        """Who is under the cursor."""
        chosen = self._chosen_id()
        return next((one for one in self.people if _person_id(one) == chosen), None)

    @property
    def invite(self) -> InviteLine | None:
        """The invite under the cursor."""
        chosen = self._chosen_id()
        return next((one for one in self._invites if _invite_id(one) == chosen), None)

    @property
    def marked(self) -> Sequence[CirclePerson]:
        """Who was marked to be taken out together."""
        return [one for one in self.people if one.author in self._marked]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what is possible with the line under the cursor."""
        match action:
            case "show" | "void":
                invite = self.invite
                return invite is not None and invite.is_mine and is_open(invite, self.service.now())
            case "mark":
                return bool(super().check_action("remove", ())) and is_removable(self.person)
            case "invite":
                return self.circle is not None and self.circle.am_member
            case _:
                return super().check_action(action, parameters)

    def read(self) -> None:
        """Read the circle again, keeping the cursor where it is."""
        self.circle = self.service.circle.view()
        self.people = self.service.circle.people()
        self._invites = self.service.circle.invites()
        self._marked &= {one.author for one in self.people if is_removable(one)}
        self.query_one("#about", Static).update(circle_words(self.circle))
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        """Fill the lines anew where the width changed."""
        self.set_class(event.size.height < 20, "-low")
        if self.circle is not None:
            self._fill()

    def on_option_list_option_highlighted(self) -> None:
        """Say more of the line under the cursor, and offer what can be done with it."""
        self._explain_line()
        self.refresh_bindings()

    def on_option_list_option_selected(self) -> None:
        """Show the invite that was chosen."""
        self.action_show()

    def action_mark(self) -> None:
        """Mark somebody, or take the mark away."""
        if self.person is not None and is_removable(self.person):
            self._marked ^= {self.person.author}
            self._fill()
            self.refresh_bindings()

    def action_invite(self) -> None:
        """Make a new invite."""
        self.app.push_screen(InviteForm(), self._made)

    def action_show(self) -> None:
        """Show an own open invite again."""
        invite = self.invite
        if invite is not None and self.check_action("show", ()):
            self._show(lambda: self.service.circle.show_invite(invite.id))

    def action_void(self) -> None:
        """Let nobody else in by an invite, after saying so."""
        invite = self.invite
        if invite is None:
            return

        def answered(key: str | None) -> None:
            if key:
                self.do(
                    lambda: self._void(invite, with_new_key=key == ALSO_KEY), f"{invite.letters} is void."
                )

        self.app.push_screen(void_dialog(invite), answered)

    def action_circles(self) -> None:
        """Show the circles this machine is in."""
        self.app.push_screen(CirclesScreen())

    def _void(self, invite: InviteLine, *, with_new_key: bool) -> None:
        self.service.circle.void_invite(invite.id)
        if with_new_key:
            self.service.circle.rekey()

    def _made(self, invite: InviteView | None) -> None:
        if invite is not None:
            self.app.push_screen(InviteScreen(invite))

    def _show(self, read: Callable[[], InviteView]) -> None:
        try:
            self._made(read())
        except MeshboardError as error:
            self.say(str(error), is_problem=True)

    def _fill(self) -> None:
        people = self.query_one("#people", MarkedList)
        width = max(people.size.width - _MARGIN_CELLS, 0)
        lines = self._lines(width)
        shown = tuple((key, str(words)) for key, words in lines)
        if shown == self._shown or not width:
            return
        at = self._chosen_id()
        self._shown = shown
        with self.prevent(OptionList.OptionHighlighted):
            people.clear_options()
            people.add_options([Option(words, id=key or None, disabled=not key) for key, words in lines])
        people.highlighted = self._place(at)
        self._explain_line()

    def _lines(self, width: int) -> list[tuple[str, Content]]:
        now = self.service.now()
        members = sum(1 for one in self.people if one.is_member)
        lines = [("", Content.styled(f"People · {members} in", "bold $primary"))]
        for one in self.people:
            mark = _MARK if one.author in self._marked else _NO_MARK
            lines.append((_person_id(one), Content(mark) + person_line(one, width - len(mark))))
        open_ones = sum(1 for one in self._invites if is_open(one, now))
        if self._invites:
            lines.append(("", Content.styled(f"Invites · {open_ones} open", "bold $primary")))
        lines += [
            (_invite_id(one), Content(_NO_MARK) + invite_line(one, now, width - len(_NO_MARK)))
            for one in self._invites
        ]
        return lines

    def _place(self, at: str) -> int:
        keys = [key for key, _ in self._shown]
        if self._at_stranger:
            self._at_stranger = False
            waiting = [_person_id(one) for one in self.people if one.waits_for_vouch and not one.is_me]
            at = next(iter(waiting), at)
        return keys.index(at) if at and at in keys else min(1, len(keys) - 1)

    def _chosen_id(self) -> str:
        if not self.is_whole:
            return ""
        option = self.query_one("#people", MarkedList).highlighted_option
        return (option.id or "") if option is not None else ""

    def _explain_line(self) -> None:
        words = ""
        if self.person is not None:
            words = person_words(self.person)
        elif self.invite is not None:
            words = invite_words(self.invite, self.service.now())
        self.query_one("#details", Static).update(Content(words))


def _person_id(person: CirclePerson) -> str:
    return f"p{person.author.hex()}"


def _invite_id(invite: InviteLine) -> str:
    return f"i{invite.id.hex()}"
