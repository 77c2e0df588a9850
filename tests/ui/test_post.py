from pathlib import Path

from meshboard.domain.commands import ClaimPost
from meshboard.domain.posts import Quantity
from meshboard.domain.standing import ClaimState, PostState
from meshboard.domain.views import BoardQuery, PostView
from meshboard.station.board.service import Service
from meshboard.ui.format import moment
from meshboard.ui.screens.dialogs import AskDialog, ChooseDialog, ConfirmDialog
from meshboard.ui.screens.post import PostScreen
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

NOON = 1_900_000_000  # long after this test is run


def the_post(pilot: Running) -> PostView:
    service = service_of(pilot)
    return service.post(service.board(BoardQuery(live_only=False)).posts[0].id)


async def open_post(pilot: Running) -> None:
    await until(pilot, lambda: "1 post" in screen_text(pilot))
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, PostScreen) and "posted by" in screen_text(pilot))


async def answer(pilot: Running, dialog: type[AskDialog | ConfirmDialog | ChooseDialog], *keys: str) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, dialog))
    type_ahead(pilot, *keys)
    await pilot.pause()


async def test_a_part_of_a_post_is_taken_on_with_a_number(
    home: Path, neighbour: Service, neighbour_home: Path
) -> None:
    publish(neighbour, content(amount=12))
    hand_over(neighbour_home, home)
    async with app_on(home) as pilot:
        await open_post(pilot)
        await pilot.press("t")
        await answer(pilot, AskDialog, "5", "enter")
        await until(pilot, lambda: "You have 5 gal, promised." in screen_text(pilot))

        assert the_post(pilot).standing.left == 7
        assert "12 gal in all, 7 left, 5 claimed" in screen_text(pilot)


async def test_a_wrong_amount_is_explained_and_nothing_typed_is_lost(home: Path) -> None:
    put_up(home, content(amount=12))
    async with app_on(home) as pilot:
        await open_post(pilot)
        await pilot.press("t")
        await answer(pilot, AskDialog, "5", "0", "enter")
        await until(pilot, lambda: "take that or less" in shown(pilot, "#problem"))
        await pilot.press("backspace", "enter")
        await until(pilot, lambda: the_post(pilot).standing.left == 7)


async def test_what_is_delivered_and_confirmed_is_done(
    home: Path, neighbour: Service, neighbour_home: Path
) -> None:
    (post,) = put_up(home, content("bread"))
    hand_over(home, neighbour_home)
    neighbour.run(ClaimPost(actor=neighbour.me.actor, post=post.id))
    hand_over(neighbour_home, home)
    async with app_on(home) as pilot:
        await open_post(pilot)
        await until(pilot, lambda: "Bo has this, promised." in screen_text(pilot))
        await pilot.press("y")
        await answer(pilot, ConfirmDialog, "y")
        await until(pilot, lambda: the_post(pilot).claims[0].standing.state is ClaimState.CONFIRMED)


async def test_which_of_several_claims_is_accepted_is_asked(
    home: Path, neighbour: Service, neighbour_home: Path
) -> None:
    (post,) = put_up(home, content(amount=5))
    hand_over(home, neighbour_home)
    neighbour.run(ClaimPost(actor=neighbour.me.actor, post=post.id, quantity=Quantity(post.standing.left)))
    hand_over(neighbour_home, home)
    async with app_on(home) as pilot:
        service = service_of(pilot)
        service.run(ClaimPost(actor=service.me.actor, post=post.id))
        await open_post(pilot)
        await until(pilot, lambda: "waiting line" in screen_text(pilot))
        await pilot.press("x")
        await answer(pilot, ChooseDialog, "enter")
        await until(pilot, lambda: the_post(pilot).claims[0].standing.record.accepted is not None)

        assert the_post(pilot).claims[0].who.name == "Bo"


async def test_a_claim_is_given_back_after_a_question(home: Path) -> None:
    put_up(home, content(amount=12))
    async with app_on(home) as pilot:
        await open_post(pilot)
        await pilot.press("t")
        await answer(pilot, AskDialog, "enter")
        await until(pilot, lambda: the_post(pilot).my_claim is not None)
        await until(pilot, lambda: "r give back" in screen_text(pilot))
        await pilot.press("r")
        await answer(pilot, ConfirmDialog, "y")
        await until(pilot, lambda: the_post(pilot).my_claim is None)


async def test_by_when_a_claim_is_to_be_done_is_said_with_it(home: Path) -> None:
    (post,) = put_up(home, content())
    async with app_on(home) as pilot:
        service = service_of(pilot)
        service.run(ClaimPost(actor=service.me.actor, post=post.id, by_when=NOON))
        await open_post(pilot)
        await until(pilot, lambda: f"done by: {moment(NOON)}" in screen_text(pilot))


async def test_no_is_no(home: Path) -> None:
    put_up(home, content())
    async with app_on(home) as pilot:
        await open_post(pilot)
        await pilot.press("w")
        await answer(pilot, ConfirmDialog, "n")
        await until(pilot, lambda: isinstance(pilot.app.screen, PostScreen))

        assert the_post(pilot).standing.state is PostState.OPEN


async def test_only_possible_keys_are_shown(home: Path, neighbour: Service, neighbour_home: Path) -> None:
    publish(neighbour, content())
    hand_over(neighbour_home, home)
    async with app_on(home) as pilot:
        await open_post(pilot)
        await until(pilot, lambda: "t take" in screen_text(pilot))

        assert "withdraw" not in screen_text(pilot)
        await pilot.press("w", "e", "y", "x", "d", "r")
        assert isinstance(pilot.app.screen, PostScreen)


async def test_a_note_appears_in_what_happened(home: Path) -> None:
    put_up(home, content())
    async with app_on(home) as pilot:
        await open_post(pilot)
        await pilot.press("o")
        await answer(pilot, AskDialog, *"[b]soon", "enter")
        await until(pilot, lambda: "you noted: [b]soon" in screen_text(pilot))


async def test_what_is_not_sent_yet_is_never_said_to_be_heard(home: Path) -> None:
    put_up(home, content())
    async with app_on(home) as pilot:
        await open_post(pilot)

        assert "stored here · no radio to send it with" in screen_text(pilot)
        assert "other board" not in screen_text(pilot).split("travelled")[1].splitlines()[0]


async def test_a_post_that_is_over_is_not_said_to_be_taken_on_yet(home: Path) -> None:
    put_up(home, content(amount=5))
    async with app_on(home) as pilot:
        await open_post(pilot)
        await pilot.press("w")
        await answer(pilot, ConfirmDialog, "y")
        await until(pilot, lambda: "Withdrawn" in screen_text(pilot))

        assert "Nobody took this on." in screen_text(pilot)
