from pathlib import Path

from textual.geometry import Size

from meshboard.domain.commands import ClaimPost
from meshboard.domain.posts import Category, PostKind, Urgency
from meshboard.station.board.service import Service
from meshboard.ui.format import moment
from meshboard.ui.screens.board import BoardScreen
from meshboard.ui.screens.compose import ComposeScreen
from meshboard.ui.screens.dialogs import ChooseDialog
from meshboard.ui.screens.help import HelpScreen
from meshboard.ui.screens.post import PostScreen
from meshboard.ui.widgets.key_bar import KeyBar
from meshboard.ui.widgets.post_list import PostList
from tests.support.stations.app import (
    Running,
    app_on,
    content,
    hand_over,
    publish,
    put_up,
    screen_text,
    service_of,
    shown,
    type_ahead,
    until,
)


def listed(pilot: Running) -> list[str]:
    return [post.content.text for post in pilot.app.screen.query_one(PostList)._posts]


def under_cursor(pilot: Running) -> str:
    post = pilot.app.screen.query_one(PostList).current
    return post.content.text if post else ""


NOON = 1_900_000_000  # long after this test is run

SOME = (
    content("bread", category=Category.FOOD, kind=PostKind.OFFER),
    content("insulin cooler", category=Category.MEDICAL, urgency=Urgency.CRITICAL),
    content("water for six", urgency=Urgency.HIGH),
)


async def test_an_empty_board_says_what_to_press(home: Path) -> None:
    async with app_on(home) as pilot:
        assert "Press n to post the first need" in screen_text(pilot)


async def test_the_most_pressing_post_stands_first(home: Path) -> None:
    put_up(home, *SOME)
    async with app_on(home) as pilot:
        await until(pilot, lambda: len(listed(pilot)) == 3)

        assert listed(pilot) == ["insulin cooler", "water for six", "bread"]


async def test_a_row_says_code_urgency_kind_words_and_state(home: Path) -> None:
    (post,) = put_up(home, content(amount=5, urgency=Urgency.HIGH))
    async with app_on(home) as pilot:
        await until(pilot, lambda: post.code in screen_text(pilot))

        row = next(line for line in screen_text(pilot).splitlines() if post.code in line)
        assert [word for word in row.split() if word != "►*"] == [
            "!", post.code, "need", "water", "for", "the", "shelter", "5", "gal", "now", "open",
        ]  # fmt: skip


async def test_words_in_markup_are_shown_as_typed(home: Path) -> None:
    put_up(home, content("[bold]bread[/] [/] [@click=app.quit]x"))
    async with app_on(home, (120, 30)) as pilot:
        await until(pilot, lambda: screen_text(pilot).count("[bold]bread[/] [/]") == 2)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, PostScreen))
        await until(pilot, lambda: "[bold]bread[/] [/] [@click=app.quit]x" in screen_text(pilot))


async def test_the_cursor_stays_on_its_post_when_a_more_pressing_one_arrives(
    home: Path, neighbour: Service, neighbour_home: Path
) -> None:
    put_up(home, *SOME)
    async with app_on(home) as pilot:
        await until(pilot, lambda: len(listed(pilot)) == 3)
        await pilot.press("down")
        publish(neighbour, content("man down", urgency=Urgency.CRITICAL))
        hand_over(neighbour_home, home)
        await until(pilot, lambda: len(listed(pilot)) == 4)

        assert under_cursor(pilot) == "water for six"


async def test_a_new_arrival_is_marked_until_it_is_looked_at(
    home: Path, neighbour: Service, neighbour_home: Path
) -> None:
    put_up(home, content("water", urgency=Urgency.HIGH))
    async with app_on(home) as pilot:
        publish(neighbour, content("diapers"))
        hand_over(neighbour_home, home)
        await until(pilot, lambda: len(listed(pilot)) == 2)

        assert "2 posts, 1 new" in shown(pilot, "#filter")
        await pilot.press("down")
        await until(pilot, lambda: "new" not in shown(pilot, "#filter"))


async def test_each_filter_key_narrows_and_escape_shows_everything(home: Path) -> None:
    put_up(home, *SOME)
    async with app_on(home) as pilot:
        await until(pilot, lambda: len(listed(pilot)) == 3)

        await pilot.press("k", "k")
        assert (listed(pilot), shown(pilot, "#filter")[:6]) == (["bread"], "offers")
        await pilot.press("escape", "u")
        assert listed(pilot) == ["insulin cooler", "water for six"]
        await pilot.press("u")
        assert listed(pilot) == ["insulin cooler"]
        await pilot.press("escape")
        assert len(listed(pilot)) == 3


async def test_filter_keys_without_room_are_left_out_whole(home: Path) -> None:
    put_up(home, *SOME)
    async with app_on(home) as pilot:
        await until(pilot, lambda: len(listed(pilot)) == 3)
        keys = pilot.app.screen.query_one("#filter-keys", KeyBar)
        await until(
            pilot, lambda: str(keys.render()) == "/ find  k kind  c about  u urgent  m mine  a closed"
        )
        await pilot.press("u", "m")
        await until(pilot, lambda: str(keys.render()) == "/ find  k kind")


async def test_the_strip_says_who_carries_the_post_and_by_when(home: Path) -> None:
    (post,) = put_up(home, content())
    async with app_on(home) as pilot:
        service = service_of(pilot)
        service.run(ClaimPost(actor=service.me.actor, post=post.id, by_when=NOON))
        await until(pilot, lambda: f"promised. By {moment(NOON)}." in shown(pilot, "#preview"))


async def test_a_category_is_chosen_by_its_first_letter(home: Path) -> None:
    put_up(home, *SOME)
    async with app_on(home) as pilot:
        await until(pilot, lambda: len(listed(pilot)) == 3)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChooseDialog))
        await pilot.press("f", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))

        assert listed(pilot) == ["bread"]


async def test_searching_narrows_with_every_letter(home: Path) -> None:
    put_up(home, *SOME)
    async with app_on(home) as pilot:
        await until(pilot, lambda: len(listed(pilot)) == 3)
        await pilot.press("slash")
        type_ahead(pilot, *"qqqq")
        await until(pilot, lambda: listed(pilot) == [])
        assert "Nothing matches: with “qqqq”" in shown(pilot, "#nothing")
        await pilot.press(*["backspace"] * 4)
        type_ahead(pilot, *"br")
        await until(pilot, lambda: listed(pilot) == ["bread"])
        await pilot.press("enter", "enter")

        await until(pilot, lambda: isinstance(pilot.app.screen, PostScreen))


async def test_what_is_withdrawn_shows_only_among_the_closed(home: Path) -> None:
    put_up(home, content("bread"))
    async with app_on(home) as pilot:
        await until(pilot, lambda: len(listed(pilot)) == 1)
        await pilot.press("w", "y")
        await until(pilot, lambda: listed(pilot) == [])
        await pilot.press("a")
        await until(pilot, lambda: listed(pilot) == ["bread"])

        assert "closed ones too" in shown(pilot, "#filter")


async def test_the_status_line_says_link_and_what_waits_to_be_sent(home: Path) -> None:
    async with app_on(home) as pilot:
        await until(pilot, lambda: "Oak Street" in screen_text(pilot))

        assert "○ no radio" in screen_text(pilot)
        assert "1 to send" in screen_text(pilot)
        assert "no other board heard yet" in screen_text(pilot)


async def test_the_chosen_post_is_explained_beside_the_list_where_there_is_room(home: Path) -> None:
    put_up(home, content(amount=5))
    async with app_on(home, (140, 40)) as pilot:
        await until(pilot, lambda: "Nobody has taken this on yet." in screen_text(pilot))

        assert pilot.app.screen.query_one("#preview").region.x > 70


async def test_help_explains_the_keys_and_goes_away_again(home: Path) -> None:
    async with app_on(home) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await until(pilot, lambda: "search as you type" in screen_text(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen))


async def test_help_says_how_to_leave_it_at_24_rows(home: Path) -> None:
    async with app_on(home) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: "search as you type" in screen_text(pilot))

        assert "Esc back   ↑ ↓ more" in screen_text(pilot)


async def test_help_keeps_its_second_column_where_it_wraps(home: Path) -> None:
    async with app_on(home, (80, 40)) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: "hidden posts too" in screen_text(pilot))

        lines = screen_text(pilot).splitlines()
        place = next(row for row, line in enumerate(lines) if "hidden posts too" in line)
        assert lines[place].index("hidden") == lines[place + 1].index("beyond what one")


async def test_new_opens_the_form_with_the_kind_the_board_shows(home: Path) -> None:
    async with app_on(home) as pilot:
        await pilot.press("k", "k", "n")
        await until(pilot, lambda: isinstance(pilot.app.screen, ComposeScreen))
        assert isinstance(pilot.app.screen, ComposeScreen)

        assert pilot.app.screen.draft.kind is PostKind.OFFER


async def test_q_quits_and_so_does_control_c(home: Path) -> None:
    for key in ("q", "ctrl+c"):
        async with app_on(home) as pilot:
            await pilot.press(key)
            await until(pilot, lambda: not pilot.app.is_running)


async def test_more_posts_than_are_read_at_once_can_be_reached(home: Path) -> None:
    put_up(home, *(content(f"bread {number}") for number in range(12)))
    async with app_on(home) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, BoardScreen)
        screen.first_posts = 5
        await pilot.press("k", "escape")
        await until(pilot, lambda: len(listed(pilot)) == 5)

        await pilot.press("end")
        await until(pilot, lambda: len(listed(pilot)) == 12)
        assert "new" not in shown(pilot, "#filter")
        await pilot.press("end")
        assert under_cursor(pilot) == "bread 0"
        assert pilot.app.screen.query_one(PostList).virtual_size == Size(79, 12)


async def test_the_cursor_is_drawn_where_it_is_in_a_list_that_was_moved_along(home: Path) -> None:
    put_up(home, *(content(f"post {number:02}") for number in range(30)))
    async with app_on(home) as pilot:
        await until(pilot, lambda: len(listed(pilot)) == 30)
        await pilot.press("end", "up", "up")
        await pilot.pause()

        marked = [line for line in screen_text(pilot).splitlines() if "►" in line]
        assert [under_cursor(pilot) in line for line in marked] == [True]
