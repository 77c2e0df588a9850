"""What a handheld is answered, and what that does to the board."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshboard.domain.commands import AddNote, ClaimPost, DeliverClaim
from meshboard.domain.posts import Category, PostKind
from meshboard.domain.standing import ClaimState, PostState
from meshboard.domain.views import BoardQuery
from meshboard.figures import MAX_PER_MINUTE, MAX_SENDERS, MAX_UNCLEAR_IN_A_ROW
from meshboard.handheld.paging import MAX_ANSWER_BYTES, SIGN
from meshboard.station.texts.texts import AnswerKind, HandheldSender
from tests.handheld.board_in_memory import ANA, BO, BoardInMemory, Talk
from tests.support.entries.unsigned import Author, handheld, need


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_a_need_is_put_on_the_board_in_its_nodes_name(talk: Talk) -> None:
    answer = talk.ask("need water 5 gal @5th&oak")

    post = talk.only_post()
    assert (post.content.kind, post.content.category) == (PostKind.NEED, Category.WATER)
    assert str(post.who) == "Ana's node (through Hall kiosk)"
    assert answer == (
        f"> {post.code} need 5 gal: water @5th&oak (water). It is on the board. "
        f"To undo send: cancel {post.code}"
    )


def test_a_long_post_is_answered_in_one_packet_with_its_code_and_how_to_undo_it(talk: Talk) -> None:
    answer = talk.ask(
        "need " + "a very long story of why we are out of water " * 3 + "@Union hall kitchen door"
    )

    assert answer.endswith(f"(water). It is on the board. To undo send: cancel {talk.only_post().code}")


def test_help_fits_one_packet(talk: Talk) -> None:
    assert talk.ask("help").endswith("need help ..!")


def test_a_long_node_name_is_cut_between_characters(talk: Talk) -> None:
    talk.ask("need water", HandheldSender(handheld(), "👨‍👩‍👧 The Garcia family of 5th\x07"))

    name = talk.only_post().who.name
    assert name == "👨‍👩‍👧 The G"
    assert len(name.encode()) <= 24


def test_a_list_shows_codes_first_and_the_most_urgent_first(talk: Talk) -> None:
    talk.ask("offer soup 40 portions @hall")
    talk.ask("need insulin!")

    lines = talk.ask("list").splitlines()
    assert re.fullmatch(r"> \w{4}! need insulin", lines[0])
    assert re.fullmatch(r"\w{4} offer 40 portions soup @hall", lines[1])


def test_a_list_of_one_category_leaves_the_others_out(talk: Talk) -> None:
    talk.ask("need water")
    talk.ask("need bread")

    assert "bread" in talk.ask("list food")
    assert "water" not in talk.ask("list food")
    assert talk.ask("list pets") == "> Nothing open for pets. 2 other open: send list"


def test_a_long_list_goes_on_with_more_until_everything_was_said(talk: Talk) -> None:
    for number in range(10):
        talk.ask(f"need thing number {number} with a fairly long description of it")

    said = [talk.ask("list")]
    while "send: more" in said[-1]:
        said.append(talk.ask("more"))
    assert len(re.findall(r"need thing number \d", "\n".join(said))) == 10
    assert talk.ask("more") == "> That was all. Try: list, my, help"


def test_more_belongs_to_whoever_asked(talk: Talk) -> None:
    for number in range(10):
        talk.ask(f"need thing number {number} with a fairly long description of it")
    talk.ask("list")

    assert talk.ask("more", BO) == "> That was all. Try: list, my, help"


def test_more_is_over_after_half_an_hour(talk: Talk) -> None:
    for number in range(10):
        talk.ask(f"need thing number {number} with a fairly long description of it")
    talk.ask("list")

    assert talk.ask("more", after_s=1801) == "> That was all. Try: list, my, help"


def test_showing_a_post_tells_who_does_what_and_the_notes(talk: Talk) -> None:
    talk.ask("need water 5 gal")
    code = talk.only_post().code
    talk.ask(f"take {code} 2", BO)
    talk.ask(f"note {code} ring twice", BO)

    assert talk.ask(f"{code.lower()}?").splitlines() == [
        f"> {code} need 5 gal: water",
        "partly claimed, 3 gal left; from you, 0 min ago",
        "Bo (through Hall kiosk) has 2 gal, promised.",
        "Bo (through Hall kiosk) noted: ring twice",
    ]


def test_an_unknown_code_is_said_to_be_unknown(talk: Talk) -> None:
    assert "ZZZZ" in talk.ask("show ZZZZ")


def test_taking_part_of_a_need_claims_that_part(talk: Talk) -> None:
    post = talk.board.publish(need(amount=5))

    answer = talk.ask(f"take {post.code} 2 gallons")

    assert answer == (
        f"> {post.code}: You have 2 gal, promised.\n"
        f"When it is done send: done {post.code}. Cannot? drop {post.code}"
    )
    assert talk.only_post().standing.left == 3


def test_whoever_comes_later_is_told_their_place_in_the_line(talk: Talk) -> None:
    post = talk.board.publish(need())
    talk.ask(f"take {post.code}", BO)

    answer = talk.ask(f"take {post.code}", ANA)

    assert "number 1 in the waiting line" in answer
    assert answer.endswith(f"To leave the line send: drop {post.code}")


def test_a_refusal_is_answered_with_its_reason_and_in_plain_letters(talk: Talk) -> None:
    post = talk.board.publish(need(amount=5))

    answer = talk.ask(f"take {post.code} 2 kg")

    assert answer == f'> {post.code} counts in "gal", not "kg".'
    assert answer.isascii()


def test_done_by_the_helper_marks_it_as_delivered(talk: Talk) -> None:
    post = talk.board.publish(need())
    talk.ask(f"take {post.code}")

    answer = talk.ask(f"{post.code} done")

    assert answer == f"> {post.code}: thank you, marked as delivered. Hall kiosk can confirm it."
    assert talk.only_post().claims[0].standing.state is ClaimState.DELIVERED


def test_done_by_the_poster_confirms_what_was_delivered(talk: Talk) -> None:
    talk.ask("need water")
    post = talk.only_post()
    talk.ask(f"take {post.code}", BO)
    talk.ask(f"done {post.code}", BO)

    assert talk.ask(f"done {post.code}") == f"> {post.code}: confirmed, thank you. It is done."
    assert talk.board.post(post.id).standing.state is PostState.DONE


def test_done_by_the_poster_says_what_is_still_open(talk: Talk) -> None:
    talk.ask("need water 5 gal")
    code = talk.only_post().code
    talk.ask(f"take {code} 2", BO)

    assert "confirmed. 3 gal still open" in talk.ask(f"done {code}")


def test_done_by_the_poster_takes_down_what_nobody_took(talk: Talk) -> None:
    talk.ask("need water")
    post = talk.only_post()

    assert talk.ask(f"done {post.code}") == f"> {post.code}: taken down, as nobody had taken it."
    assert talk.board.post(post.id).standing.state is PostState.WITHDRAWN


def test_done_by_somebody_else_does_nothing_and_says_why(talk: Talk) -> None:
    post = talk.board.publish(need())

    assert talk.ask(f"done {post.code}") == (
        f"> You have not taken {post.code}. To take it send: take {post.code}"
    )


def test_drop_gives_a_claim_back(talk: Talk) -> None:
    post = talk.board.publish(need())
    talk.ask(f"take {post.code}")

    assert "give it back?" in talk.ask(f"cant make it {post.code} sry")
    assert "given back" in talk.ask(f"drop {post.code} sry")
    assert talk.only_post().standing.state is PostState.OPEN


def test_drop_on_an_own_post_points_to_cancel(talk: Talk) -> None:
    talk.ask("need water")
    code = talk.only_post().code

    assert f"send: cancel {code}" in talk.ask(f"drop {code}")


def test_cancel_takes_an_own_post_down(talk: Talk) -> None:
    talk.ask("need water")
    post = talk.only_post()

    assert talk.ask(f"cancel {post.code}") == f"> {post.code}: taken down."
    assert talk.board.post(post.id).standing.state is PostState.WITHDRAWN


def test_cancel_my_last_takes_down_the_last_one_posted(talk: Talk) -> None:
    talk.ask("need water")
    talk.ask("need bread")
    talk.ask("cancel my last")

    assert talk.only_post().content.text == "water"


def test_cancel_on_a_strangers_post_is_refused(talk: Talk) -> None:
    post = talk.board.publish(need())

    assert "Only whoever posted" in talk.ask(f"cancel {post.code}")


def test_cancel_on_a_post_one_carries_gives_it_back(talk: Talk) -> None:
    post = talk.board.publish(need())
    talk.ask(f"take {post.code}")

    assert "given back" in talk.ask(f"cancel {post.code}")


def test_what_is_asked_through_another_station_is_said_to_be_for_the_first_to_do(talk: Talk) -> None:
    talk.ask("need water")
    post = talk.only_post()
    elsewhere = Talk(BoardInMemory(Author("Clinic"), talk.board.entries))

    answer = elsewhere.ask(f"cancel {post.code}")

    assert answer.startswith(f"> {post.code}: asked, not done. Tell ")
    assert "yourself, or its keeper does it" in answer
    assert talk.board.post(post.id).standing.state is PostState.OPEN

    assert "taken down" in talk.ask(f"cancel {post.code}")


@pytest.mark.parametrize("word", ["done", "drop"])
def test_a_claim_is_never_said_to_be_settled_before_the_board_shows_it(talk: Talk, word: str) -> None:
    post = talk.board.publish(need())
    talk.ask(f"take {post.code}")
    elsewhere = Talk(BoardInMemory(Author("Clinic"), talk.board.entries))

    answer = elsewhere.ask(f"{word} {post.code}")

    is_settled = talk.only_post().claims[0].standing.state is not ClaimState.PROMISED
    assert is_settled != ("asked, not done" in answer)


def test_my_lists_what_one_posted_and_carries(talk: Talk) -> None:
    talk.ask("need water")
    post = talk.board.publish(need("bread"))
    talk.board.publish(need("socks"))
    talk.ask(f"take {post.code}")

    answer = talk.ask("my")
    assert "need water [yours]" in answer
    assert "need bread (taken) [you do it]" in answer
    assert "socks" not in answer


def test_a_note_is_added_in_the_nodes_name(talk: Talk) -> None:
    post = talk.board.publish(need())
    talk.ask(f"note {post.code} use back gate")

    line = talk.only_post().history[-1]
    assert (line.who.name, line.sentence) == ("Ana's node", "noted: use back gate")


def test_a_character_that_cannot_be_shown_is_named(talk: Talk) -> None:
    assert "U+0007" in talk.ask("need water\x07")


def test_a_repeated_packet_posts_once_and_gets_the_same_answer(talk: Talk) -> None:
    first = talk.ask("need water")

    assert talk.ask("need  water ", after_s=30) == first
    assert talk.only_post().content.text == "water"


def test_a_repeated_packet_claims_once(talk: Talk) -> None:
    post = talk.board.publish(need(amount=5))
    talk.ask(f"take {post.code} 2")
    talk.ask(f"take {post.code} 2", after_s=10)

    assert talk.only_post().standing.left == 3


def test_the_same_words_an_hour_later_are_a_new_post(talk: Talk) -> None:
    talk.ask("need water")
    talk.ask("need water", after_s=3600)

    assert talk.board.board(BoardQuery()).total == 2


def test_boards_do_not_answer_boards(talk: Talk) -> None:
    answer = talk.ask("help")

    assert talk.ask_softly(answer) is None
    assert talk.ask_softly("🤖 pong") is None


@pytest.mark.parametrize("nod", ["", "   ", "ok", "thx!", "👍"])
def test_a_nod_is_not_answered(talk: Talk, nod: str) -> None:
    assert talk.ask_softly(nod) is None


def test_a_flood_gets_one_polite_answer_and_then_silence(talk: Talk) -> None:
    answers = [talk.ask_softly(f"need {number} beds", after_s=1.0) for number in range(MAX_PER_MINUTE + 5)]

    assert all(answers[:MAX_PER_MINUTE])
    assert answers[MAX_PER_MINUTE] == (
        "> That is more than this board can take in at once. Wait a minute, then go on."
    )
    assert answers[MAX_PER_MINUTE + 1 :] == [None] * 4
    assert talk.ask_softly("list", BO) is not None
    assert talk.ask_softly("list", after_s=60) is not None


def test_nonsense_is_answered_a_few_times_and_then_left_alone(talk: Talk) -> None:
    answers = [talk.ask_softly(f"blah blah {number}") for number in range(MAX_UNCLEAR_IN_A_ROW + 2)]

    assert [answer is not None for answer in answers] == [True] * MAX_UNCLEAR_IN_A_ROW + [False] * 2
    assert talk.ask_softly("need water") is not None
    assert talk.ask_softly("blah blah") is not None


def test_memory_of_senders_is_bounded(talk: Talk) -> None:
    for number in range(MAX_SENDERS + 10):
        for is_private in (True, False):
            talk.ask(
                "list", HandheldSender(handheld(number.to_bytes(8, "big")), "x", is_private), after_s=0.0
            )

    assert [len(kept) for kept in talk.conversation._memories.values()] == [MAX_SENDERS, MAX_SENDERS]


@given(st.lists(st.text(max_size=220), max_size=6))
@settings(max_examples=60)
def test_any_text_gets_a_one_packet_answer_or_silence(texts: list[str]) -> None:
    talk = Talk()
    for text in texts:
        answer = talk.ask_softly(text)
        assert answer is None or (answer.startswith(SIGN) and len(answer.encode()) <= MAX_ANSWER_BYTES)


@given(
    st.sampled_from(["need", "offer", "list", "show", "note ZZZZ", "take ZZZZ", "task 2"]),
    st.text(max_size=200),
)
@settings(max_examples=100)
def test_any_words_after_a_known_one_get_a_one_packet_answer(word: str, rest: str) -> None:
    answer = Talk().ask_softly(f"{word} {rest}")

    assert answer is None or len(answer.encode()) <= MAX_ANSWER_BYTES


def test_commands_by_others_are_seen_in_the_answers(talk: Talk) -> None:
    talk.ask("need water")
    post = talk.only_post()
    talk.board.run(ClaimPost(actor=BO.actor, signed_as="Bo", post=post.id))
    claim = talk.only_post().claims[0].id
    talk.board.run(DeliverClaim(actor=BO.actor, claim=claim))
    talk.board.run(AddNote(actor=BO.actor, signed_as="Bo", post=post.id, text="on the porch"))

    answer = talk.ask(f"show {post.code}")
    assert "Bo (through Hall kiosk) has this, delivered, not confirmed yet." in answer
    assert "noted: on the porch" in answer


def test_what_was_done_is_told_whatever_comes_after_and_what_was_shown_is_not(talk: Talk) -> None:
    def kind(words: str) -> AnswerKind | None:
        talk.seconds += 61
        answer = talk.conversation.answer(words, ANA)
        return answer.kind if answer else None

    assert kind("need water 5 gal") is AnswerKind.DONE
    assert kind("take ZZZZ") is AnswerKind.DONE
    assert kind("list") is AnswerKind.SHOWN
    assert kind("more") is AnswerKind.PAGE
