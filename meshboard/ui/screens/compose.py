"""Write a post, or change one: every field by keyboard, the byte count live, nothing typed ever lost."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from meshboard.domain.categories import guess_category
from meshboard.domain.commands import EditPost
from meshboard.domain.ids import PostId
from meshboard.domain.people import Actor
from meshboard.domain.posts import Category, HandOff, PostKind, Urgency
from meshboard.domain.views import Action, PostView
from meshboard.errors import MeshboardError, SavedUnseen
from meshboard.ui.draft import PostDraft, content_of, default_hours, draft_of, is_changed, rough_content
from meshboard.ui.format import HAND_OFF_WORDS, lifetime
from meshboard.ui.screens.base import ServiceScreen, when_free
from meshboard.ui.screens.dialogs import ConfirmDialog
from meshboard.ui.widgets.choice_line import ChoiceLine
from meshboard.ui.widgets.key_bar import KeyBar
from meshboard.ui.widgets.meter import Meter
from meshboard.ui.widgets.title_bar import TitleBar
from meshboard.ui.widgets.words_area import WordsArea

_RULES = ("ask me first", "to the first member")
"""Who gets the contact: whom the poster accepts by hand, or the first member who takes the post."""


class ComposeScreen(ServiceScreen[PostId], inherit_bindings=False):
    """The form for a new post, or for changing `edited`; closes with the post's id, or None.

    `actor` None = the station's own member.
    """

    HELP: ClassVar[str] = "compose"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "submit", "post it", priority=True),
        # First in line, so that what is typed right after Tab goes to the next field even on a busy machine.
        Binding("tab", "app.focus_next", "next field", priority=True),
        Binding("shift+tab", "up_to_kind", "about, kind", priority=True),
        Binding("shift+tab", "app.focus_previous", "field before", priority=True),
        Binding("escape", "leave", "back"),
        Binding("f1", "explain", "help", priority=True),
        Binding("down,enter", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(
        self,
        edited: PostView | None = None,
        kind: PostKind = PostKind.NEED,
        actor: Actor | None = None,
        *,
        for_walk_up: bool = False,
    ) -> None:
        super().__init__()
        self._edited = edited
        self._actor = actor
        self._for_walk_up = for_walk_up
        self.pick_up_code = ""
        """What a walk-up gets once their post is up; to be shown this once."""
        self._first = draft_of(edited.content, edited.contact) if edited else PostDraft(kind=kind)

    def compose(self) -> ComposeResult:
        """Lay out the fields, one line each."""
        first = self._first
        yield TitleBar(self._title())
        with VerticalScroll(id="form", can_focus=False):
            if self._for_walk_up:
                yield from _row("their name", _input("signed-as", "", "any name they like, may stay empty"))
            if self._edited is None:
                yield from _row("kind", ChoiceLine([_word(k.name) for k in PostKind], first.kind, id="kind"))
            yield from _row(
                "about", ChoiceLine([_word(c.name) for c in Category], first.category, id="category")
            )
            yield from _row(
                "how urgent", ChoiceLine([_word(u.name) for u in Urgency], first.urgency, id="urgency")
            )
            words = WordsArea(first.text, id="text", classes="field", compact=True, tab_behavior="focus",
                              placeholder="What is needed or offered, in a few words")  # fmt: skip
            yield from _row("what", words)
            yield from _row("how many", _input("amount", first.amount, "a number, may stay empty"),
                            _input("unit", first.unit, "of what: gal, portions, people"))  # fmt: skip
            yield from _row("where", _input("place", first.place, "a crossing, a zone; no exact address"))
            yield from _row("hours up", _input("hours", first.hours, ""))
            yield from _row("tags", _input("tags", first.tags, "halal, no stairs (with commas)"))
            yield from _row(
                "hand-off", ChoiceLine(list(HAND_OFF_WORDS.values()), first.hand_off, id="hand-off")
            )
            if self._can_change_contact:
                yield from _row(
                    "contact", _input("contact", first.contact, "phone or door; only who helps gets it")
                )
            if self._can_choose_rule:
                rule = ChoiceLine(list(_RULES), int(first.goes_to_first), id="rule")
                yield from _row("hand it", rule)
            yield Static("", id="problem", markup=False)
        yield Meter()
        yield KeyBar()

    def on_mount(self) -> None:
        """Start at the words: most people know what they want to say, and begin to type."""
        self.query_one("#text").focus()
        self.call_after_refresh(self._measure)

    def _title(self) -> str:
        if self._for_walk_up:
            return "new post for somebody here"
        return f"change {self._edited.code}" if self._edited else "new post"

    @property
    def _can_change_contact(self) -> bool:
        return self._edited is None or Action.CONTACT in self._edited.actions

    @property
    def _can_choose_rule(self) -> bool:
        return self._can_change_contact and self._actor is None and not self._for_walk_up

    @property
    def draft(self) -> PostDraft:
        """The form as it stands."""
        kind = self._first.kind if self._edited else PostKind(self._chosen("kind"))
        text = self.query_one("#text", TextArea).text
        return PostDraft(
            kind=kind,
            category=self._category(kind, text),
            urgency=Urgency(self._chosen("urgency")),
            text=text,
            amount=self._typed("amount"),
            unit=self._typed("unit"),
            place=self._typed("place"),
            hours=self._typed("hours"),
            tags=self._typed("tags"),
            hand_off=HandOff(self._chosen("hand-off")),
            contact=self._typed("contact") if self._can_change_contact else "",
            goes_to_first=bool(self._chosen("rule")) if self._can_choose_rule else False,
            signed_as=self._typed("signed-as") if self._for_walk_up else "",
            edited=self._first.edited,
        )

    @property
    def has_unsaved_words(self) -> bool:
        """True when closing the form would lose what was typed."""
        return is_changed(self.draft, self._first)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Show which field is being written by its label too."""
        for row in self.query(".row"):
            row.set_class(row in event.widget.ancestors, "-here")

    def on_choice_line_changed(self) -> None:
        """Count again."""
        self._measure()

    def on_input_changed(self) -> None:
        """Count again."""
        self._measure()

    def on_text_area_changed(self) -> None:
        """Count again."""
        self._measure()

    def on_input_submitted(self) -> None:
        """Go on to the next field."""
        self.focus_next()

    def on_words_area_done(self) -> None:
        """Go on to the next field."""
        self.focus_next()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the way to the kind only where the words are next to be typed and a kind can be chosen."""
        if action == "up_to_kind":
            return self._edited is None and self.focused is not None and self.focused.id == "text"
        return super().check_action(action, parameters)

    def action_up_to_kind(self) -> None:
        """Go to the fields before the words."""
        self.focus_previous()

    def action_submit(self) -> None:
        """Post it once every key typed before has arrived in its field."""
        (self.focused or self).call_later(when_free, self, self._submit)

    def _submit(self) -> None:
        """Post it and close, or say in place what to correct."""
        try:
            post = self.put_up(self.draft)
        except SavedUnseen as error:  # once more would be one post more
            self.notify(str(error), severity="warning")
            self.dismiss(None)
        except MeshboardError as error:
            self._complain(str(error))
        else:
            self.dismiss(post)

    def action_leave(self) -> None:
        """Close, asking first when typed words would be lost."""
        if not self.has_unsaved_words:
            self.dismiss(None)
            return
        self.app.push_screen(
            ConfirmDialog("Throw away what you typed?", "n takes you back to it."), self._leave
        )

    def _leave(self, is_sure: bool | None) -> None:
        if is_sure:
            self.dismiss(None)

    def put_up(self, draft: PostDraft) -> PostId:
        """Post what the form says, or change the post; raises MeshboardError with what to correct."""
        content = content_of(draft)
        actor = self._actor or self.service.me.actor
        if self._for_walk_up:
            posted, self.pick_up_code = self.service.publish_for_walk_up(
                content, draft.signed_as, draft.contact
            )
            return posted.id
        if self._edited is None:
            posted = self.service.publish(
                content, draft.contact, accepts_members=draft.goes_to_first, actor=actor
            )
            return posted.id
        is_same_contact = (draft.contact, draft.goes_to_first) == (
            self._first.contact,
            self._first.goes_to_first,
        )
        if content != self._edited.content or is_same_contact or not self._can_change_contact:
            self.service.run(EditPost(actor=actor, post=self._edited.id, content=content))
        if self._can_change_contact and not is_same_contact:
            self._change_contact(self._edited.id, draft, actor)
        return self._edited.id

    def _change_contact(self, post: PostId, draft: PostDraft, actor: Actor) -> None:
        contacts = self.service.contacts
        if draft.contact.strip():
            contacts.give(post, draft.contact, actor, accepts_members=draft.goes_to_first)
        elif self._first.contact:
            contacts.remove(post, actor)

    def _measure(self) -> None:
        if not self.is_whole:
            return
        draft = self.draft
        self.query_one("#category", ChoiceLine).chosen = draft.category
        usual = default_hours(draft.urgency)
        self.query_one("#hours", Input).placeholder = f"{usual} ({lifetime(usual)}, usual for this urgency)"
        self.query_one("#unit", Input).placeholder = (
            "people" if draft.kind is PostKind.TASK else "of what: gal, portions, seats"
        )
        try:
            self.query_one(Meter).measure = self.service.measure(rough_content(draft))
            self._complain("")
        except MeshboardError as error:
            self._complain(str(error))

    def _category(self, kind: PostKind, text: str) -> Category:
        """Return what somebody chose, or else what the words typed so far tell."""
        about = self.query_one("#category", ChoiceLine)
        if self._edited or about.is_by_hand:
            return Category(about.chosen)
        return guess_category(kind, text)

    def _complain(self, problem: str) -> None:
        self.query_one("#problem", Static).update(Content.styled(f"× {problem}" if problem else "", "$error"))

    def _chosen(self, name: str) -> int:
        return self.query_one(f"#{name}", ChoiceLine).chosen

    def _typed(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value


def _row(label: str, *fields: Input | ChoiceLine | WordsArea) -> ComposeResult:
    with Horizontal(classes="row"):
        yield Static(label, classes="label", markup=False)
        yield from fields


def _input(name: str, value: str, hint: str) -> Input:
    return Input(value, id=name, placeholder=hint, compact=True, classes="field")


def _word(name: str) -> str:
    return name.lower()
