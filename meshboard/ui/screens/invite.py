"""An invite to show: a picture to photograph, letters to type, a file to carry."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Static

from meshboard.errors import MeshboardError
from meshboard.station.circle.circle_people import InviteLine
from meshboard.station.circle.invites import InviteView
from meshboard.ui.circle_words import invite_state, is_open, listed, uses_words
from meshboard.ui.invite_files import write_invite_file
from meshboard.ui.screens.base import ServiceApp, when_free
from meshboard.ui.screens.dialogs import ALSO_KEY, NO, AskDialog, ConsequencesDialog, Field, keys_line
from meshboard.ui.screens.live import LiveScreen
from meshboard.ui.widgets.choice_line import ChoiceLine
from meshboard.ui.widgets.key_bar import KeyBar
from meshboard.ui.widgets.title_bar import TitleBar

IDLE_S = 120.0  # long enough to fetch a phone; then nobody may be left in front of it
GROUPS_A_LINE = 5
_FEWEST_WORDS_CELLS = 18  # beside the picture; narrower, and the picture stands alone


class InviteScreen(LiveScreen):
    """Shows an invite to whoever stands in front of this screen; goes back by itself once nobody does."""

    HELP: ClassVar[str] = "invite"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "turn", "letters or picture"),
        Binding("f", "file", "to a file"),
        Binding("x", "void", "make void"),
        Binding("escape,q,backspace", "dismiss", "back"),
    ]

    def __init__(self, invite: InviteView, idle_s: float = IDLE_S) -> None:
        super().__init__()
        self._invite: InviteView = invite
        self._idle_s = idle_s
        self._idle: Timer | None = None
        self._wants_letters = False
        self._line: InviteLine | None = None
        self._said = ""

    def compose(self) -> ComposeResult:
        """Lay out the picture beside the words."""
        yield TitleBar("invite")
        with Horizontal(id="invite-page"):
            yield Static(id="qr", markup=False)
            with VerticalScroll(id="invite-words"):
                yield Static(id="words", markup=False)
        yield KeyBar(is_short=True)

    def on_mount(self) -> None:
        """Count the idle time from now."""
        self.query_one("#qr", Static).update(Content("\n".join(self._invite.qr_rows)))
        self.query_one("#invite-words").focus()
        self._stay()

    def on_key(self) -> None:
        """Count the idle time anew: somebody is here."""
        self._stay()

    def on_resize(self, event: events.Resize) -> None:
        """Show the picture only where all of it fits: part of it is of no use."""
        self._arrange(event.size.width, event.size.height)

    @property
    def is_usable(self) -> bool:
        """Say whether anybody can still join with it."""
        return self._line is None or is_open(self._line, self.service.now())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer nothing on an invite that is closed."""
        match action:
            case "turn" | "file" | "void":
                return self.is_usable
            case _:
                return super().check_action(action, parameters)

    def read(self) -> None:
        """Read who used it, and whether it is still open."""
        found = [line for line in self.service.circle.invites() if line.id == self._invite.id]
        self._line = found[0] if found else None
        if self._line is not None and self.is_usable:
            self._invite = self.service.circle.show_invite(self._line.id)
            self.query_one("#qr", Static).update(Content("\n".join(self._invite.qr_rows)))
        self._arrange(self.size.width, self.size.height)
        self.refresh_bindings()

    def say(self, sentence: str, *, is_problem: bool = False) -> None:
        """Show what has just happened above the words; this screen has no line to spare for it."""
        self._said = f"{'×' if is_problem else '√'} {sentence}"
        self._show_words()

    def action_turn(self) -> None:
        """Show the letters instead of the picture, or the other way round."""
        self._wants_letters = not self._wants_letters
        self._said = ""
        self._arrange(self.size.width, self.size.height)

    def action_file(self) -> None:
        """Ask where to write the invite."""
        letters = self._line.letters if self._line else "invite"

        def submit(typed: dict[str, str]) -> str:
            try:
                path = write_invite_file(typed["path"], self._invite.file_text)
            except MeshboardError as error:
                return str(error)
            self.say(
                f"Written to {path}. Whoever has the file can join: hand it over yourself, then delete it."
            )
            return ""

        fields = [Field("path", "file", f"~/invite-{letters.lower()}.txt")]
        self.app.push_screen(
            AskDialog("Write the invite to a file", "Only you can read it there.", fields, submit)
        )

    def action_void(self) -> None:
        """Let nobody else in by it, after saying so."""
        line = self._line
        if line is None:
            return

        def answered(key: str | None) -> None:
            if key:
                when_free(self, lambda: self._void(line, with_new_key=key == ALSO_KEY))

        self.app.push_screen(void_dialog(line), answered)

    def _void(self, line: InviteLine, *, with_new_key: bool) -> None:
        try:
            self.service.circle.void_invite(line.id)
            if with_new_key:
                self.service.circle.rekey()
        except MeshboardError as error:
            self.say(str(error), is_problem=True)
        else:
            self.say("It is void now." + (" The others are given a new key." if with_new_key else ""))
        self.freshen()

    def _stay(self) -> None:
        if self._idle is not None:
            self._idle.stop()
        self._idle = self.set_timer(self._idle_s, self._leave_alone)

    def _leave_alone(self) -> None:
        """Take it off the screen, with whatever question is open over it."""
        while self in self.app.screen_stack[:-1]:
            self.app.pop_screen()
        self.dismiss(None)

    def _arrange(self, width: int, height: int) -> None:
        rows, cells = len(self._invite.qr_rows), len(self._invite.qr_rows[0])
        fits = height > rows and width >= cells
        shows = fits and self.is_usable and not self._wants_letters
        self.query_one("#qr").display = shows
        self.query_one(TitleBar).display = not shows or height > rows + 1
        words = self.query_one("#invite-words")
        words.display = not shows or width >= cells + _FEWEST_WORDS_CELLS
        self._show_words(shows_picture=shows, fits=fits)

    def _show_words(self, *, shows_picture: bool | None = None, fits: bool = True) -> None:
        shows = self.query_one("#qr").display if shows_picture is None else shows_picture
        lines = [Content.styled(self._said, "bold"), Content("")] if self._said else []
        lines += self._facts()
        if not self.is_usable:
            lines += [Content(""), Content("Nobody else joins with it. Esc, then i makes a new one.")]
        else:
            lines += [Content(""), *(self._picture_words() if shows else self._letters(fits=fits))]
            lines += [Content(""), Content.styled(_caution(self._invite), "$accent")]
        self.query_one("#words", Static).update(Content("\n").join(lines))

    def _facts(self) -> list[Content]:
        line, now = self._line, self.service.now()
        name = f"Invite {line.letters} to " if line else "Invite to "
        facts = [Content.assemble(name, (self._invite.circle_name, "bold"))]
        if line is not None:
            facts.append(Content(f"{uses_words(line.uses)} · {invite_state(line, now)}"))
            facts.append(
                Content.styled(f"√ joined: {listed(line.joined)}", "bold $success")
                if line.joined
                else Content("nobody has joined with it yet")
            )
        return facts

    def _picture_words(self) -> list[Content]:
        return [
            Content.styled(
                "Read it with a phone, and give what it says to the other computer: start meshboard there "
                "and choose “join”. Without a phone: t shows letters to type.",
                "$quiet",
            )
        ]

    def _letters(self, *, fits: bool) -> list[Content]:
        groups = self._invite.code.split("-")
        rows = [
            Content.assemble(
                (f"{at + 1:>3}  ", "$quiet"), ("  ".join(groups[at : at + GROUPS_A_LINE]), "bold")
            )
            for at in range(0, len(groups), GROUPS_A_LINE)
        ]
        small = "" if fits else "This window is too small for the picture. "
        words = f"{small}On the other computer start meshboard, choose “join” and type, spaces as you like:"
        return [Content.styled(words, "$quiet"), Content(""), *rows]


def void_dialog(invite: InviteLine) -> ConsequencesDialog:
    """Return the question before an invite is made void, with what follows."""
    stays = f" {listed(invite.joined)} stay{'s' if len(invite.joined) == 1 else ''}." if invite.joined else ""
    words = (
        f"Nobody else joins with it, whoever photographed or copied it.{stays} This cannot be undone; make a "
        "new one for the next.\nWhoever photographed it can still read what is on the air until the key is "
        "changed: also change it?"
    )
    keys = (("y", "make it void"), (ALSO_KEY, "make it void and change the key"), NO)
    return ConsequencesDialog(f"Make invite {invite.letters} void?", words, keys)


def _caution(invite: InviteView) -> str:
    used = "" if invite.id is None else " Was it seen? x makes it void."
    return f"Whoever sees this can read the circle. Show it face to face only.{used}"


USES = (("1 person", 1), ("any number", 0))
HOURS = (("1 hour", 1), ("3 days", 72), ("no end", None))


class InviteForm(ModalScreen[InviteView | None]):
    """Asks for how many people and how long, and makes the invite."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "make", "Make it", priority=True),
        Binding("escape", "dismiss", "Back"),
        Binding("tab,down", "app.focus_next", show=False, priority=True),
        Binding("shift+tab,up", "app.focus_previous", show=False, priority=True),
    ]

    def compose(self) -> ComposeResult:
        """Lay out two lines of choices."""
        with Vertical(classes="dialog"):
            yield Static(Content.styled("A new invite", "bold"))
            yield Static(
                Content.styled(
                    "You vouch for whoever shows it first. The narrower, the less a photo of it is worth.",
                    "$quiet",
                )
            )
            yield Static("for how many", classes="label gap")
            yield ChoiceLine([words for words, _ in USES], id="uses")
            yield Static("for how long", classes="label gap")
            yield ChoiceLine([words for words, _ in HOURS], 1, id="hours")
            yield Static("", id="problem", markup=False)
            yield Static(
                keys_line(("← →", "choose"), ("Tab", "next line"), ("Enter", "make it"), ("Esc", "back"))
            )

    def action_make(self) -> None:
        """Make it once every key pressed before has arrived in its line."""
        (self.focused or self).call_later(self._make)

    def _make(self) -> None:
        app = self.app
        assert isinstance(app, ServiceApp)
        uses = USES[self.query_one("#uses", ChoiceLine).chosen][1]
        hours = HOURS[self.query_one("#hours", ChoiceLine).chosen][1]
        try:
            invite = app.service.circle.make_invite(uses, hours)
        except MeshboardError as error:
            self.query_one("#problem", Static).update(Content.styled(f"× {error}", "$error"))
        else:
            self.dismiss(invite)
