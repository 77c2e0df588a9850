"""Contacts, visitors, flags and mutes on the screens, at 80x24."""

from pathlib import Path

from textual.widgets import Input

from meshboard.domain.commands import AcceptClaim, ClaimPost
from meshboard.domain.entries import PostPublished
from meshboard.domain.people import Actor, ActorKind
from meshboard.domain.views import BoardQuery
from meshboard.station.board.service import Service
from meshboard.ui.screens.walk_up import VISIT_ENDS_AFTER_S, CodeScreen, VisitScreen
from tests.support.stations.app import app_on, content, hand_over, screen_text, service_of, type_ahead, until

DOOR = "third door left"


async def test_a_contact_typed_in_the_form_stays_here_and_shows_only_to_its_poster(home: Path) -> None:
    async with app_on(home) as pilot:
        await pilot.press("n")
        type_ahead(pilot, *"insulin")
        await pilot.pause()
        pilot.app.screen.query_one("#contact", Input).value = DOOR
        await pilot.press("ctrl+s")
        await until(pilot, lambda: service_of(pilot).board(BoardQuery()).total == 1)
        assert DOOR not in screen_text(pilot)

        await pilot.press("enter")
        await until(pilot, lambda: DOOR in screen_text(pilot))
        assert "it goes to whom you accept" in screen_text(pilot)


async def test_accepting_says_first_who_can_read_the_contact(
    home: Path, neighbour: Service, neighbour_home: Path
) -> None:
    async with app_on(home) as pilot:
        service = service_of(pilot)
        post = service.publish(content("insulin"), DOOR)
        hand_over(home, neighbour_home)
        neighbour.run(ClaimPost(actor=neighbour.me.actor, post=post.id))
        hand_over(neighbour_home, home)
        service.tell_listeners()
        await until(pilot, lambda: "claimed" in screen_text(pilot))

        await pilot.press("x")
        await until(pilot, lambda: "Accepting hands your contact to Bo" in screen_text(pilot))
        await pilot.press("y")
        await until(pilot, lambda: bool(service.post(post.id).claims[0].standing.record.handed))


async def test_the_helper_reads_the_contact_and_is_told_when_it_is_gone(
    home: Path, neighbour: Service, neighbour_home: Path
) -> None:
    post = neighbour.publish(content("insulin"), DOOR)
    hand_over(neighbour_home, home)
    async with app_on(home) as pilot:
        service = service_of(pilot)
        claim = service.run(ClaimPost(actor=service.me.actor, post=post.id)).my_claim
        assert claim is not None
        hand_over(home, neighbour_home)
        neighbour.run(AcceptClaim(actor=neighbour.me.actor, claim=claim))
        hand_over(neighbour_home, home)
        service.tell_listeners()
        await pilot.press("enter")
        await until(pilot, lambda: DOOR in screen_text(pilot))


async def test_a_walk_up_sees_their_code_once_and_comes_back_with_it(home: Path) -> None:
    async with app_on(home) as pilot:
        await pilot.press("v", "enter")
        type_ahead(pilot, *"rice")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, CodeScreen))
        shown = pilot.app.screen
        assert isinstance(shown, CodeScreen)
        post, code = shown._post_code, shown._pick_up_code
        assert "  ".join(code[:3]) in screen_text(pilot)

        await pilot.press("enter")
        await pilot.press("v", "down", "enter")
        type_ahead(pilot, *post, "tab", *code)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, VisitScreen))
        await until(pilot, lambda: "edit" in screen_text(pilot))
        assert code not in screen_text(pilot)


async def test_a_visit_ends_by_itself_with_whatever_is_open_over_it(home: Path) -> None:
    async with app_on(home) as pilot:
        service = service_of(pilot)
        post, code = service.publish_for_walk_up(content("rice"), "Noor", DOOR)
        visit = VisitScreen(service.pick_up(post.code, code))
        pilot.app.push_screen(visit)
        await until(pilot, lambda: DOOR in screen_text(pilot))
        await pilot.press("o")
        assert VISIT_ENDS_AFTER_S <= 120

        visit._end()
        await until(pilot, lambda: visit not in pilot.app.screen_stack)
        await until(pilot, lambda: DOOR not in screen_text(pilot))


async def test_a_post_is_flagged_after_asking_and_unflagged_by_the_same_key(
    home: Path, neighbour: Service, neighbour_home: Path
) -> None:
    post = neighbour.publish(content("buy gold now"))
    hand_over(neighbour_home, home)
    async with app_on(home) as pilot:
        service = service_of(pilot)
        service.tell_listeners()
        await until(pilot, lambda: "buy gold" in screen_text(pilot))
        await pilot.press("f")
        await pilot.press("y")
        await until(pilot, lambda: len(service.post(post.id).flagged_by) == 1)
        assert "unflag" in screen_text(pilot)
        assert "buy gold" in screen_text(pilot)


async def test_hidden_posts_of_handhelds_are_counted_below_the_list_and_explained(
    home: Path, neighbour: Service, neighbour_home: Path
) -> None:
    for number in range(90):
        actor = Actor(ActorKind.HANDHELD, number.to_bytes(8, "big"))
        neighbour._desk.write(PostPublished(content(f"text {number}")), actor)
    hand_over(neighbour_home, home)
    async with app_on(home) as pilot:
        service_of(pilot).tell_listeners()
        await until(pilot, lambda: "10 posts of unknown handhelds hidden (h)" in screen_text(pilot))
        assert "text 89" not in screen_text(pilot)
        await pilot.press("h")
        await until(pilot, lambda: "90 of" in screen_text(pilot) or "hidden ones too" in screen_text(pilot))
        await pilot.press("home")
        await until(pilot, lambda: "text 89" in screen_text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "beyond the 80 posts" in screen_text(pilot))


async def test_a_mute_hides_and_shows_again(home: Path, neighbour: Service, neighbour_home: Path) -> None:
    neighbour.publish(content("buy gold now"))
    hand_over(neighbour_home, home)
    async with app_on(home) as pilot:
        service_of(pilot).tell_listeners()
        await until(pilot, lambda: "buy gold" in screen_text(pilot))

        await pilot.press("z", "enter")
        await until(pilot, lambda: "Everything here is hidden (1 post)" in screen_text(pilot))
        await pilot.press("h")
        await until(pilot, lambda: "buy gold" in screen_text(pilot))
        await pilot.press("h")
        await pilot.press("z", "enter")
        await until(pilot, lambda: "buy gold" in screen_text(pilot))
