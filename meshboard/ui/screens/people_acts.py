"""What a member may do about the people of a circle and its key, from any screen that shows them."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from meshboard.errors import MeshboardError
from meshboard.station.circle.circle_people import CirclePerson, CircleView
from meshboard.ui.circle_words import listed, rekey_words, removal_words, vouch_words, withdrawal_words
from meshboard.ui.screens.base import when_free
from meshboard.ui.screens.dialogs import ALSO_KEY, NO, ConsequencesDialog
from meshboard.ui.screens.live import LiveScreen

_YES = "y"


class PeopleActsScreen(LiveScreen):
    """A screen that shows people, one of them chosen, and acts on them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "vouch", "vouch"),
        Binding("w", "withdraw", "take vouch back"),
        Binding("r", "remove", "take out"),
        Binding("k", "rekey", "new key"),
    ]

    circle: CircleView | None = None
    """The circle as of the last reading."""
    people: tuple[CirclePerson, ...] = ()

    @property
    def person(self) -> CirclePerson | None:
        """Who the keys act on."""
        return None

    @property
    def marked(self) -> Sequence[CirclePerson]:
        """Who is to be taken out together; empty = only the person."""
        return ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what is possible now; the service has the last word."""
        may_act = self.circle is not None and self.circle.am_member
        match action:
            case "rekey":
                return may_act
            case "vouch":
                return may_act and self._can_be_vouched_for(self.person)
            case "withdraw":
                return may_act and self._is_vouched_for_here(self.person)
            case "remove":
                return may_act and (bool(self.marked) or is_removable(self.person))
            case _:
                return super().check_action(action, parameters)

    def action_vouch(self) -> None:
        """Vouch for somebody, after saying what that leads to."""
        person = self.person
        if person is None:
            return

        def answered(key: str | None) -> None:
            if key == _YES:
                self.do(
                    lambda: self.service.circle.vouch(person.author),
                    f"You vouch for {person.name}; w undoes it.",
                )

        question = f"Vouch for {person.name}?"
        self._ask(question, vouch_words(person), ((_YES, "vouch for them"), NO), answered)

    def action_withdraw(self) -> None:
        """Take a vouch back, after saying who falls with it."""
        person = self.person
        if person is None:
            return
        try:
            falling = self.service.circle.preview_withdraw(person.author)
        except MeshboardError as error:
            self.say(str(error), is_problem=True)
            return

        def answered(key: str | None) -> None:
            if key:
                self._withdraw(person, with_new_key=key == ALSO_KEY)

        keys = [(_YES, "take it back"), NO]
        if falling:
            keys.insert(1, (ALSO_KEY, "take it back and change the key"))
        question = f"Take back your vouch for {person.name}?"
        self._ask(question, withdrawal_words(person, falling), keys, answered)

    def action_remove(self) -> None:
        """Take people out, after saying what that leads to."""
        gone = tuple(self.marked) or ((self.person,) if self.person is not None else ())
        if not gone:
            return
        names = listed([person.name for person in gone])

        def answered(key: str | None) -> None:
            if key == _YES:
                done = f"{names} {'is' if len(gone) == 1 else 'are'} out. The others are given the new key."
                self.do(lambda: self.service.circle.remove(sorted(person.author for person in gone)), done)

        circle = self.circle.name if self.circle else "the circle"
        keys = ((_YES, "take out, and change the key"), NO)
        self._ask(f"Take {names} out of {circle}?", removal_words(gone, self.people), keys, answered)

    def action_rekey(self) -> None:
        """Change the circle's key, after saying what that leads to."""

        def answered(key: str | None) -> None:
            if key == _YES:
                self.do(self.service.circle.rekey, "There is a new key; the others are given it.")

        keys = ((_YES, "change the key"), NO)
        self._ask("Change the circle's key?", rekey_words(self.people), keys, answered)

    def do(self, act: Callable[[], object], done: str) -> None:
        """Do something, say that it is done or why it is not, and show how things stand."""
        when_free(self, lambda: self._do(act, done))

    def _do(self, act: Callable[[], object], done: str) -> None:
        try:
            act()
        except MeshboardError as error:
            self.say(str(error), is_problem=True)
        else:
            self.say(done)
        self.freshen()

    def _withdraw(self, person: CirclePerson, *, with_new_key: bool) -> None:
        def act() -> None:
            self.service.circle.withdraw_vouch(person.author)
            if with_new_key:
                self.service.circle.rekey()

        new_key = " The others are given a new key." if with_new_key else ""
        self.do(act, f"You do not vouch for {person.name} any more; v vouches again.{new_key}")

    def _ask(
        self,
        question: str,
        words: str,
        keys: Sequence[tuple[str, str]],
        answered: Callable[[str | None], None],
    ) -> None:
        self.app.push_screen(ConsequencesDialog(question, words, keys), answered)

    def _can_be_vouched_for(self, person: CirclePerson | None) -> bool:
        if person is None or person.is_me or (person.is_member and person.is_founder):
            return False
        return not self._is_vouched_for_here(person)

    def _is_vouched_for_here(self, person: CirclePerson | None) -> bool:
        my_name = next((one.name for one in self.people if one.is_me), "")
        return person is not None and person.is_member and my_name in person.vouched_by


def is_removable(person: CirclePerson | None) -> bool:
    """Say whether somebody can be taken out: not oneself, and a member or heeded as one."""
    return person is not None and (person.is_member or person.writes_on) and not person.is_me
