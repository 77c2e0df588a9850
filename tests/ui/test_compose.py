from decimal import Decimal
from pathlib import Path

from textual.widgets import Input

from meshboard.domain.posts import Category, HandOff, PostKind, Quantity, Urgency
from meshboard.domain.views import BoardQuery, PostView
from meshboard.ui.screens.board import BoardScreen
from meshboard.ui.screens.compose import ComposeScreen
from meshboard.ui.screens.dialogs import ConfirmDialog
from meshboard.ui.widgets.meter import Meter
from meshboard.ui.widgets.words_area import WordsArea
from tests.support.stations.app import (
    Running,
    app_on,
    content,
    put_up,
    screen_text,
    service_of,
    shown,
    type_ahead,
    until,
)


async def open_form(pilot: Running) -> ComposeScreen:
    await pilot.press("n")
    await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
    screen = pilot.app.screen
    assert isinstance(screen, ComposeScreen)
    await until(pilot, lambda: screen.query_one(Meter).measure is not None)
    return screen


def posts(pilot: Running) -> tuple[PostView, ...]:
    return service_of(pilot).board(BoardQuery()).posts


async def test_a_post_is_written_with_the_keyboard_alone_however_fast(home: Path) -> None:
    async with app_on(home) as pilot:
        await open_form(pilot)
        type_ahead(pilot, *["shift+tab"] * 3, "o", "tab", "w", "tab", "right", "tab")
        type_ahead(pilot, *"five gallons", "tab", "5", "tab", *"gal", "tab")
        type_ahead(pilot, *"5th", "tab", *"3d", "tab", *"halal", "tab", "p", "ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))

        (post,) = posts(pilot)
        said = post.content
        assert (said.kind, said.category, said.urgency) == (PostKind.OFFER, Category.WATER, Urgency.HIGH)
        assert (said.text, said.place, said.tags) == ("five gallons", "5th", ("halal",))
        assert (said.lifetime_hours, said.hand_off) == (72, HandOff.PICK_UP)
        assert said.quantity == Quantity(Decimal(5), "gal")


async def test_what_is_typed_at_once_are_the_words_of_the_post(home: Path) -> None:
    async with app_on(home) as pilot:
        screen = await open_form(pilot)
        assert "Shift+Tab about, kind" in screen_text(pilot)
        type_ahead(pilot, *"tarp, not food")
        await until(pilot, lambda: screen.draft.text == "tarp, not food")

        assert screen.draft.kind is PostKind.NEED


async def test_what_a_post_is_about_follows_the_words(home: Path) -> None:
    async with app_on(home) as pilot:
        await open_form(pilot)
        type_ahead(pilot, *"insulin")
        await until(pilot, lambda: "[medical]" in screen_text(pilot))
        await pilot.press(*["backspace"] * 7)
        type_ahead(pilot, *"blankets", "ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))

        assert posts(pilot)[0].content.category is Category.SHELTER


async def test_what_somebody_chose_it_to_be_about_stays(home: Path) -> None:
    async with app_on(home) as pilot:
        await open_form(pilot)
        type_ahead(pilot, *"bread", *["shift+tab"] * 2, "f", "tab", "tab", *" for the dogs", "ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))

        assert posts(pilot)[0].content.text == "bread for the dogs"
        assert posts(pilot)[0].content.category is Category.FOOD


async def test_a_notice_that_tells_nothing_else_is_information(home: Path) -> None:
    async with app_on(home) as pilot:
        screen = await open_form(pilot)
        await pilot.press(*["shift+tab"] * 3, "n")
        await until(pilot, lambda: screen.draft.kind is PostKind.NOTICE)

        assert screen.draft.category is Category.INFO


async def test_enter_and_the_arrows_go_from_field_to_field(home: Path) -> None:
    async with app_on(home) as pilot:
        screen = await open_form(pilot)
        screen.query_one(WordsArea).focus()
        fields = []
        for key in ("enter", "enter", "down", "up", "up", "up"):
            await pilot.press(key)
            fields.append(screen.focused.id if screen.focused else None)

        assert fields == ["amount", "unit", "place", "unit", "amount", "text"]


async def test_the_meter_counts_while_somebody_types(home: Path) -> None:
    async with app_on(home) as pilot:
        screen = await open_form(pilot)
        meter = screen.query_one(Meter)
        before = meter.measure
        screen.query_one(WordsArea).text = "Zq7 Xw9 Kp3 Vt8 " * 4
        await until(pilot, lambda: meter.measure != before)

        assert before is not None
        assert meter.measure is not None
        assert meter.measure.used_bytes > before.used_bytes


async def test_too_many_words_say_how_much_to_take_out_and_stay(home: Path) -> None:
    async with app_on(home) as pilot:
        screen = await open_form(pilot)
        words = "".join(chr(0x4E00 + number * 37) for number in range(150))
        screen.query_one(WordsArea).text = words
        await until(pilot, lambda: "take out" in screen_text(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "too long" in shown(pilot, "#problem"))

        assert screen.draft.text == words
        assert posts(pilot) == ()


async def test_an_empty_post_is_refused_in_place(home: Path) -> None:
    async with app_on(home) as pilot:
        await open_form(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "needs a few words" in shown(pilot, "#problem"))


async def test_leaving_asks_before_typed_words_are_thrown_away(home: Path) -> None:
    async with app_on(home) as pilot:
        screen = await open_form(pilot)
        screen.query_one(WordsArea).text = "water"
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmDialog))
        await pilot.press("n")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert screen.draft.text == "water"

        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))


async def test_an_untouched_form_closes_without_a_question(home: Path) -> None:
    async with app_on(home) as pilot:
        await open_form(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))


async def test_control_c_asks_before_typed_words_are_thrown_away(home: Path) -> None:
    async with app_on(home) as pilot:
        screen = await open_form(pilot)
        screen.query_one(WordsArea).text = "water"
        await pilot.press("ctrl+c")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(pilot, lambda: not pilot.app.is_running)


async def test_pasted_lines_become_one(home: Path) -> None:
    async with app_on(home) as pilot:
        screen = await open_form(pilot)
        screen.query_one(WordsArea).text = "water\nfor the\tshelter"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))

        assert posts(pilot)[0].content.text == "water for the shelter"


async def test_editing_begins_with_what_the_post_says(home: Path) -> None:
    put_up(home, content("water", amount=5))
    async with app_on(home) as pilot:
        await until(pilot, lambda: "water" in screen_text(pilot))
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
        assert pilot.app.screen.query_one("#amount", Input).value == "5"
        pilot.app.screen.query_one("#amount", Input).value = "8"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))

        (post,) = posts(pilot)
        assert post.content == content("water", amount=8)


async def test_editing_the_words_leaves_what_a_post_is_about(home: Path) -> None:
    put_up(home, content("water", category=Category.KITCHEN))
    async with app_on(home) as pilot:
        await until(pilot, lambda: "water" in screen_text(pilot))
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
        pilot.app.screen.query_one(WordsArea).text = "insulin"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))

        assert posts(pilot)[0].content.category is Category.KITCHEN
