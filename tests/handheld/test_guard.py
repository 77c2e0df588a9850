"""Trouble is never taken for an offer or a claim, and never lost; machines get nothing.

The messages here stand in no corpus: they try the rule.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from meshboard.domain.posts import PostKind, Urgency
from meshboard.domain.standing import PostState
from meshboard.domain.views import BoardQuery
from meshboard.figures import MAX_SENDERS, MAX_UNCLEAR_IN_A_ROW, QUESTION_LASTS_S
from meshboard.handheld.guard import read
from meshboard.handheld.intents import (
    Cancel,
    Done,
    Drop,
    Intent,
    Noise,
    Note,
    Publish,
    ReadBack,
    Take,
    Thanks,
)
from meshboard.station.texts.texts import HandheldSender
from tests.handheld.board_in_memory import ANA, BO, Talk
from tests.support.entries.unsigned import handheld, need

CORPORA = Path(__file__).parents[1] / "corpus"
HARMFUL_OF_240 = 0
OFFERS_AND_CLAIMS_UNDERSTOOD = 23  # 10 at once and 13 after a question; as many as without the guard

CRIES = [
    "we have no clean water since monday",
    "no water no food here",
    "have 2 kids and no milk",
    "i have a baby w/o formula",
    "i have no more insulin",
    "we hav 4 injurd at church",
    "we have 2 people bleeding bad",
    "have chest pains",
    "hav feaver and vomiting",
    "i have lost my meds",
    "lost my inhaler cant breath",
    "i can not breathe",
    "i cant get up i fell",
    "we can not get out, trapped in basement",
    "can smell smoke and fire next door",
    "have ran out of diapers",
    "dont have any blankets",
    "we dont have power, mom is on oxygen",
    "my house is on fire",
    "SOS roof",
    "mayday mayday",
    "what do i do grandma fainted",
    "how do i stop bleeding",
    "all our food is gone",
    "tengo un herido en la casa",
    "tenemos 3 heridos graves",
    "tengo a mi hijo con calentura",
    "tenemos niños sin comida",
    "tengo la pierna quemada",
    "no tenemos agua desde ayer",
    "no tengo insulina",
    "se acabo la leche del bebe",
    "se nos termino la comida",
    "ya no hay agua en el edificio",
    "ya no queda gasolina",
    "perdi mis medicinas",
    "mi mama se desmayo",
    "mi papa no puede respirar",
    "no puedo respirar",
    "estoy atrapada en el segundo piso",
    "hay un incendio en la esquina",
    "auxilio",
    "nos quedamos sin luz y sin agua",
    "doy gracias pero sigo sin medicinas",
    "regalo no, necesito: sin cobijas",
    "i have nowhere to sleep",
    "we have nobody to watch the kids",
    "have 2 people stranded on the roof",
    "we have gas leak",
    "we have 6 ppl here need blankets",
    "have 5 blankets but need 20",
    "have very little water and none clean",
    "my dad is not waking up",
    "mi hijo no despierta",
    "my son is missing",
    "i cant walk",
    "no heat 80yo mom",
    "car wont start need ride",
    "kids havent eaten since yday",
    "i got shot",
    "call 911",
    "send help",
    "medic!",
    "fuego",
    "HELP!!!",
    "help please",
    "plz help",
    "test, no water here",
    "ack we need water",
]
GIVING_UP = [
    "have to back out of {code} my truck died",
    "forget {code}, no time",
    "take {code} off my list i cant",
    "no longer able to do {code}",
    "im not going to make it to {code}",
    "we have no car any more so {code} wont work",
    "ya no alcanza mi gasolina pa {code}",
    "lo del {code} ya no lo hago",
    "olvida lo de {code}, sin gasolina",
    "no llego a {code}",
]
MACHINES = [
    "You have 3 new messages",
    "you have new mail, send R to read",
    "I am a bot. I have no human operator.",
    "This is an automated reply",
    "auto-reply: away from radio",
    "Auto response: thank you for your message",
    "have no human operator at this node",
    "[Q]uick Commands [B]BS [U]tilities E[X]IT",
    "(M)ail (B)ulletins (W)eather",
    "Have temp 54F wind 12 mph humidity 80%",
    "snr 6.25 rssi -101",
    "ping",
    "test",
    "testing 1 2",
    "prueba prueba",
    "radio test",
    "mensaje automatico, no responda",
    "❤️🙏",
    "thx!! 🙏",
    "range test 14",
    "seq 15",
    "pong 3 hops",
    "testing from the hill",
    "Unknown command. Send help for commands",
    "NWS: Tornado Warning until 5PM",
    "Battery low: 12%",
    "Weather: 71F, no rain, wind NW",
    "Mail sent to Bob. You have no new messages.",
    "I'm out of office, have no radio access till Monday",
]
KEPT = [
    ("offer 10 blankets @gym", PostKind.OFFER),
    ("ofrezco comida para 4", PostKind.OFFER),
    ("free couch, no charge", PostKind.OFFER),
    ("giving away ropa sin usar", PostKind.OFFER),
    ("regalo comida sin costo", PostKind.OFFER),
    ("ran out of baby formula", PostKind.NEED),
    ("need bread, no nuts pls", PostKind.NEED),
    ("necesito comida sin gluten", PostKind.NEED),
    ("notice: no water from 2 to 6", PostKind.NOTICE),
]


@pytest.fixture
def talk() -> Talk:
    return Talk()


def changes(talk: Talk) -> int:
    return len(talk.board.entries)


@pytest.mark.parametrize("cry", CRIES)
def test_a_cry_is_read_back_as_a_need_and_posted_by_yes(talk: Talk, cry: str) -> None:
    question = talk.ask(cry)

    assert question.startswith("> Post as NEED")
    assert question.endswith(("Send yes to post it, no to leave it.", "Send need, offer or no."))
    assert changes(talk) == 0
    assert "It is on the board" in talk.ask("Sí")
    assert talk.only_post().content.kind is PostKind.NEED


@pytest.mark.parametrize(
    "cry", ["we hav 4 injurd at church", "no puedo respirar", "we have no water", "mayday"]
)
def test_a_cry_is_posted_as_urgent(talk: Talk, cry: str) -> None:
    talk.ask(cry)
    talk.ask("yes pls")

    assert talk.only_post().content.urgency >= Urgency.HIGH


GIVING = "have|i have|we hav|i can bring|can do|tengo|tenemos 3|free|doy|puedo llevar|yo regalo|spare"
TROUBLE = (
    "no|without|not any|sin|ya no|dont have|out of|ran out of|lost my|bleeding|injured|herido|fiebre|can't"
)
THINGS = "water|blankets for the school|comida|K7Q2|p9t2 2|a truck by 6pm"


@pytest.mark.parametrize("trouble", TROUBLE.split("|"))
def test_no_words_around_trouble_make_it_an_offer_or_a_claim(trouble: str) -> None:
    for opening, thing in product([*GIVING.split("|"), "take", "i will take", "on it"], THINGS.split("|")):
        for typed in (f"{opening} {trouble} {thing}", f"{opening} {thing} {trouble}"):
            assert _act(read(typed)) not in ("post_offer", "claim"), typed


@pytest.mark.parametrize("typed", GIVING_UP)
def test_a_change_of_mind_gives_the_claim_back_after_yes(talk: Talk, typed: str) -> None:
    post = talk.board.publish(need())
    talk.ask(f"take {post.code}")
    before = changes(talk)

    assert f"{post.code}: give it back?" in talk.ask(typed.format(code=post.code.lower()))
    assert changes(talk) == before
    assert "given back" in talk.ask("si")
    assert talk.board.post(post.id).standing.state is PostState.OPEN


TAKING_DOWN = [
    "forget {code}, no time",
    "take {code} down",
    "we moved, take {code} down",
    "take {code} off the board",
    "no longer need {code}",
    "ya no necesitamos {code} gracias",
    "olvida lo de {code}, sin gasolina",
    "please cancel my {code} it is here",
]
UNMET = [
    "my baby is sick hurry {code}",
    "no he recibido {code}",
    "my power is down {code}",
    "{code} roof came off",
    "no me llego {code}",
    "didnt get {code}",
    "{code} never came",
    "cant wait for {code} any longer",
    "{code} not fulfilled",
    "never received {code}",
    "cancel {code} no wait",
    "im bleeding at the gym {code}",
    "sorry i have no way to do {code}",
]


@pytest.mark.parametrize("typed", UNMET)
def test_distress_about_an_own_post_or_that_it_did_not_come_never_takes_it_down(
    talk: Talk, typed: str
) -> None:
    talk.ask("need water")
    post = talk.only_post()

    question = talk.ask(typed.format(code=post.code))
    assert f"send cancel {post.code} to take it down" in question
    assert "or yes to post: NEED" in question
    assert "It is on the board" in talk.ask("si")
    assert talk.board.post(post.id).standing.state is PostState.OPEN


@pytest.mark.parametrize("typed", TAKING_DOWN)
def test_a_change_of_mind_takes_an_own_post_down_after_yes(talk: Talk, typed: str) -> None:
    talk.ask("need water")
    post = talk.only_post()
    before = changes(talk)

    assert f"take your post {post.code} down?" in talk.ask(typed.format(code=post.code))
    assert changes(talk) == before
    assert "taken down" in talk.ask("y")
    assert talk.board.post(post.id).standing.state is PostState.WITHDRAWN


@pytest.mark.parametrize("typed", GIVING_UP)
def test_a_change_of_mind_about_a_strangers_post_changes_nothing(talk: Talk, typed: str) -> None:
    post = talk.board.publish(need())

    assert "nothing was done" in talk.ask(typed.format(code=post.code))
    talk.ask("yes")
    assert changes(talk) == 1


READ_BACK_OF_OTHERS = [
    "can bob take {code} pls",
    "someone else take {code} pls",
    "pls somebody take {code}",
    "maybe i take {code}",
    "he said take {code}",
    "you take {code}",
    "i can take {code} if someone has gas",
    "nobody will take {code}",
    "take {code}?",
]
READ_BACK_OF_CLAIMED = [
    "take {code} back",
    "take {code} off me",
    "drop {code} off at 5",
    "i will drop {code} off at 5",
    "can drop {code} at 6",
    "{code} almost done",
    "{code} half done",
    "done {code} except 3",
    "finished? {code}",
    "im done {code} giving up",
    "done {code} nobody was home",
    "delivered {code} to nobody",
    "im bleeding at the gym {code}",
]
READ_BACK_OF_OWN = [
    *TAKING_DOWN,
    "received {code} broken",
    "recibi {code} incompleto",
    "delivered {code} to wrong house",
    "{code} closed road",
]


@pytest.mark.parametrize("typed", READ_BACK_OF_OTHERS)
def test_a_wish_about_a_strangers_post_claims_nothing(talk: Talk, typed: str) -> None:
    post = talk.board.publish(need())
    talk.ask_softly(typed.format(code=post.code))

    assert changes(talk) == 1


@pytest.mark.parametrize("typed", READ_BACK_OF_CLAIMED)
def test_more_than_a_plain_command_about_a_claim_does_nothing_at_once(talk: Talk, typed: str) -> None:
    post = talk.board.publish(need())
    talk.ask(f"take {post.code}")
    before = changes(talk)
    talk.ask_softly(typed.format(code=post.code))

    assert changes(talk) == before


@pytest.mark.parametrize("typed", READ_BACK_OF_OWN)
def test_more_than_a_plain_command_about_an_own_post_does_nothing_at_once(talk: Talk, typed: str) -> None:
    talk.ask("need water")
    post = talk.only_post()
    talk.ask(typed.format(code=post.code))

    assert changes(talk) == 1


@pytest.mark.parametrize(
    "typed",
    [
        "take {code}",
        "{code} take",
        "i take {code}",
        "take {code} 2 gal",
        "take 2 of {code} pls",
        "tomo {code} por favor",
        "yo tomo {code}",
        "take {code} by 5pm",
        "take {code} by noon thx!",
        "take {code} thank you",
    ],
)
def test_a_plain_command_is_done_at_once(talk: Talk, typed: str) -> None:
    post = talk.board.publish(need(amount=5))

    assert "promised" in talk.ask(typed.format(code=post.code))


@pytest.mark.parametrize("typed", ["done {code} thx", "{code} listo", "entregado {code}"])
def test_a_plain_done_is_done_at_once(talk: Talk, typed: str) -> None:
    post = talk.board.publish(need())
    talk.ask(f"take {post.code}")

    assert "marked as delivered" in talk.ask(typed.format(code=post.code))


def test_nobody_takes_their_own_post(talk: Talk) -> None:
    talk.ask("need water")

    assert "nothing was done" in talk.ask(f"take {talk.only_post().code}")
    assert changes(talk) == 1


@pytest.mark.parametrize(
    "typed",
    [
        "have 20 blankets, no pets",
        "have fever medicine",
        "tengo medicina para la fiebre",
        "we have beds for injured people",
        "can help clean after the fire",
        "have 10 blankets @gym",
        "have empty propane tank",
        "have to get to hospital",
        "tenemos fuga de gas",
        "tengo una mordida de perro",
        "have a nice day",
        "i have a question",
        "can confirm",
    ],
)
@pytest.mark.parametrize("answer", ["offer", "need", "no its an offer", "as need pls"])
def test_whoever_only_has_something_says_whether_it_is_an_offer(talk: Talk, typed: str, answer: str) -> None:
    question = talk.ask(typed)

    assert " or " in question
    assert changes(talk) == 0
    assert "It is on the board" in talk.ask(answer)
    assert talk.only_post().content.kind is (PostKind.OFFER if "offer" in answer else PostKind.NEED)


@pytest.mark.parametrize("typed", ["want to die", "need to die", "quiero morirme", "im going to kill myself"])
def test_whoever_wants_to_die_is_asked_whether_to_call_for_company(talk: Talk, typed: str) -> None:
    assert talk.ask(typed).startswith("> Post as NEED (HIGH): ")
    talk.ask("yes")

    assert talk.only_post().content.urgency is Urgency.HIGH
    assert not {"die", "kill", "morirme"} & set(talk.only_post().content.text.split())


@pytest.mark.parametrize(
    "typed",
    [
        "yes hurry",
        "yes we need water now",
        "yes 5 gal",
        "si urgente",
        "yea",
        "yess",
        "ok post it",
        "do it",
        "correct",
        "Yes!",
        "claro",
    ],
)
def test_what_begins_with_a_yes_is_one(talk: Talk, typed: str) -> None:
    talk.ask("no water here")

    assert "It is on the board" in talk.ask(typed)
    assert talk.only_post().content.text == "no water here"


def test_a_yes_that_names_the_other_kind_is_none(talk: Talk) -> None:
    talk.ask("have no bread at all")
    talk.ask("yes but i can offer other things")

    assert changes(talk) == 0


def test_a_new_need_after_an_ok_is_no_yes(talk: Talk) -> None:
    talk.ask("have some wood")
    talk.ask("ok need blankets")

    assert "need wood" not in talk.ask("list")


@pytest.mark.parametrize("typed", ["no", "nope sorry", "no we have found some", "no gracias", "no thanks!"])
def test_what_begins_with_a_no_is_one(talk: Talk, typed: str) -> None:
    talk.ask("no water here")

    assert "nothing was changed" in talk.ask(typed)


def test_words_that_are_not_understood_are_answered_with_the_open_question(talk: Talk) -> None:
    question = talk.ask("no water here")

    assert talk.ask("blah blah") == question


def test_after_the_newest_question_the_older_one_is_asked_again(talk: Talk) -> None:
    talk.ask("we have no water")
    talk.ask("my dad cant breathe")
    talk.ask("list")

    answer = talk.ask("yes")
    assert "my dad cant breathe" in answer
    assert "we have no water" in answer
    talk.ask("yes")
    assert talk.board.board(BoardQuery()).total == 2


def test_newer_questions_never_push_an_older_cry_out(talk: Talk) -> None:
    for typed in ("my dad cant breathe", "have some wood", "i am bleeding", "we have no water", "no food"):
        talk.ask(typed)
    for _ in range(3):
        talk.ask("yes")

    posted = {post.content.text for post in talk.board.board(BoardQuery()).posts}
    assert posted == {"my dad cant breathe", "i am bleeding", "no food"}


@pytest.mark.parametrize("typed", ["no it hurts, he is bleeding", "no my dad cant breathe", "no heat"])
def test_a_cry_that_begins_with_no_is_no_answer(talk: Talk, typed: str) -> None:
    talk.ask("no water here")

    assert talk.ask(typed).startswith("> Post as NEED (HIGH)")
    talk.ask("yes")
    assert talk.only_post().content.text == typed


@pytest.mark.parametrize("typed", ["i have a snake bite on my leg", "we have run dry", "hav a baby coming"])
def test_a_bare_yes_posts_no_offer_of_what_is_no_known_thing(talk: Talk, typed: str) -> None:
    talk.ask(typed)
    talk.ask("yes")

    assert talk.only_post().content.kind is PostKind.NEED


@pytest.mark.parametrize("typed", ["free fall", "spare us", "doy a luz", "extra people hurt", "giving up"])
def test_a_word_that_offers_and_names_no_thing_is_asked_about(talk: Talk, typed: str) -> None:
    talk.ask(typed)

    assert changes(talk) == 0


def test_an_act_between_leaves_the_question_open(talk: Talk) -> None:
    post = talk.board.publish(need())
    talk.ask("my dad cant breathe")
    talk.ask(f"take {post.code}")

    assert "It is on the board" in talk.ask("yes")


def test_silence_after_nonsense_never_meets_a_cry(talk: Talk) -> None:
    for number in range(MAX_UNCLEAR_IN_A_ROW + 2):
        talk.ask_softly(f"blah {number}")

    assert talk.ask("he wont wake up").startswith("> Post as NEED (HIGH)")


@pytest.mark.parametrize("is_private", [True, False])
def test_invented_senders_never_push_an_open_question_out(talk: Talk, is_private: bool) -> None:
    talk.ask("my mom fell and is unconscious", replace(ANA, is_private=is_private))
    for number in range(MAX_SENDERS + 20):
        talk.ask("list", HandheldSender(handheld(number.to_bytes(8, "big")), "x"), after_s=0.1)

    assert "It is on the board" in talk.ask("yes", replace(ANA, is_private=is_private))


def test_invented_numbers_with_questions_never_push_out_one_of_a_sender_with_a_key(talk: Talk) -> None:
    talk.ask("my mom fell and is unconscious", replace(ANA, is_private=True))
    for number in range(MAX_SENDERS + 20):
        talk.ask("no water", HandheldSender(handheld(number.to_bytes(8, "big")), "x"), after_s=0.1)

    assert "It is on the board" in talk.ask("yes", replace(ANA, is_private=True))


@pytest.mark.parametrize("echo", ["{0}", "you said: {0}", "RE: {0}", "ack {0}", "{0} roger"])
@pytest.mark.parametrize("typed", ["help", "blah blah", "no water here", "list", "need water", "cancel"])
def test_an_echo_of_an_answer_gets_nothing(talk: Talk, typed: str, echo: str) -> None:
    answer = talk.ask(typed)

    assert talk.ask_softly(echo.format(answer.removeprefix("> "))) is None


def test_the_senders_own_words_again_are_no_echo(talk: Talk) -> None:
    question = talk.ask("my mom fell and is not moving at the gym")

    assert talk.ask("please my mom fell and is not moving at the gym") != ""
    assert talk.ask("my mom fell and is not moving at the gym") == question


@pytest.mark.parametrize(
    "typed", ["?", "help", "copy {code}", "list", "huh {number}", "I can help! #{number}"]
)
def test_a_machine_that_does_nothing_is_left_alone(talk: Talk, typed: str) -> None:
    code = talk.board.publish(need()).code
    answers = [talk.ask_softly(typed.format(code=code, number=number)) for number in range(5)]

    assert answers[0] is not None
    assert answers[3:] == [None, None]
    assert talk.ask("need water")


def test_a_word_that_is_a_code_on_this_board_is_one_whatever_its_letters(talk: Talk) -> None:
    for number in range(40):
        code = talk.board.publish(need(f"thing {number}")).code
        talk.ask(f"note {code} {number}")  # whoever does something is answered
        assert f"About {code}" in talk.ask(f"well {code.lower()} then no idea")


@pytest.mark.parametrize("typed", ["dont take {code} down yet", "no quites {code}", "{code} not done yet"])
def test_whoever_asks_for_no_change_is_asked_nothing(talk: Talk, typed: str) -> None:
    talk.ask("need water")
    post = talk.only_post()

    assert "Send yes" not in talk.ask(typed.format(code=post.code))
    talk.ask("yes")
    assert talk.board.post(post.id).standing.state is PostState.OPEN


@pytest.mark.parametrize(
    "typed", ["take {code} but not today", "ill take {code} lol", "yo llevo {code}, sin carro"]
)
def test_a_doubtful_claim_is_made_only_after_yes(talk: Talk, typed: str) -> None:
    post = talk.board.publish(need())

    assert "do you take it?" in talk.ask(typed.format(code=post.code))
    assert changes(talk) == 1
    assert "promised" in talk.ask("yes")


@pytest.mark.parametrize("typed", MACHINES)
def test_machines_and_tests_get_nothing(talk: Talk, typed: str) -> None:
    assert talk.ask_softly(typed) is None
    assert changes(talk) == 0


@pytest.mark.parametrize(
    "typed",
    ["have you got water?", "have u any diapers?", "can we see what food there is?", "do you have tents"],
)
def test_a_question_posts_nothing(talk: Talk, typed: str) -> None:
    assert "on the board. To undo" not in talk.ask(typed)
    talk.ask("yes")
    assert changes(talk) == 0


@pytest.mark.parametrize(
    "typed", ["can i get a ride to the clinic", "can we have some water", "could you bring milk"]
)
def test_asking_to_be_given_something_is_no_offer(talk: Talk, typed: str) -> None:
    talk.ask_softly(typed)

    assert all(post.content.kind is not PostKind.OFFER for post in talk.board.board(BoardQuery()).posts)


@pytest.mark.parametrize(("typed", "kind"), KEPT)
def test_what_says_no_trouble_is_posted_at_once(talk: Talk, typed: str, kind: PostKind) -> None:
    assert "It is on the board" in talk.ask(typed)
    assert talk.only_post().content.kind is kind


def test_an_offer_that_says_so_is_asked_about_as_an_offer(talk: Talk) -> None:
    assert talk.ask("offer 3 tents without poles").startswith("> Post as OFFER or NEED: ")
    talk.ask("yes")

    assert talk.only_post().content.kind is PostKind.OFFER


def test_what_could_not_be_posted_is_refused_before_it_is_asked_about(talk: Talk) -> None:
    assert "U+001B" in talk.ask("we have no water \x1b here")
    assert "No question is open" in talk.ask("yes")


def test_no_leaves_what_was_read_back(talk: Talk) -> None:
    talk.ask("no water here")

    assert "nothing was changed" in talk.ask("no gracias")
    assert "No question is open" in talk.ask("yes")
    assert changes(talk) == 0


def test_a_question_is_over_after_some_minutes(talk: Talk) -> None:
    talk.ask("no water here")

    assert "No question is open" in talk.ask("yes", after_s=QUESTION_LASTS_S + 1)
    assert changes(talk) == 0


def test_a_yes_answers_the_newest_question_only(talk: Talk) -> None:
    talk.ask("no water here")
    talk.ask("no tenemos pan")
    talk.ask("yes")

    assert "pan" in talk.only_post().content.text


def test_two_questions_within_a_minute_get_two_yeses(talk: Talk) -> None:
    for words in ("no water here", "no tenemos pan"):
        talk.ask(words, after_s=10)
        talk.ask("yes", after_s=10)

    assert talk.board.board(BoardQuery()).total == 2


def test_a_question_is_only_its_askers(talk: Talk) -> None:
    talk.ask("no water here")

    assert "No question is open" in talk.ask("yes", BO)
    assert changes(talk) == 0


def test_looking_around_leaves_the_question_open(talk: Talk) -> None:
    talk.ask("no water here")
    talk.ask("list")

    assert "It is on the board" in talk.ask("yes")


def test_a_nod_to_a_question_is_asked_again_instead_of_losing_it(talk: Talk) -> None:
    question = talk.ask("my house is on fire")

    assert talk.ask("ok") == question
    assert talk.ask("👍") == question


def test_a_machine_that_repeats_its_trouble_is_left_alone_in_the_end(talk: Talk) -> None:
    answers = [talk.ask_softly("sensor 4: no water flow") for _ in range(MAX_UNCLEAR_IN_A_ROW + 3)]

    assert answers[0] is not None
    assert answers[-1] is None
    assert talk.ask_softly("sensor 4: fire") is not None


def _act(intent: Intent) -> str:
    match intent:
        case Publish(content=content):
            return f"post_{content.kind.name.lower()}"
        case Take():
            return "claim"
        case Drop():
            return "release"
        case Done() | Cancel() | Note():
            return type(intent).__name__.lower()
        case _:
            return ""


def _acts_asked(intent: Intent) -> set[str]:
    """Return what is done at once, or after an answer to a question."""
    if not isinstance(intent, ReadBack):
        return {_act(intent)}
    return {_act(intent.act), _act(intent.otherwise) if intent.otherwise else ""}


ACTS = {"post_need", "post_offer", "claim", "release", "done", "cancel", "note"}


def _corpora() -> Iterator[dict[str, object]]:
    for name in ("handheld.jsonl", "handheld-2.jsonl"):
        for line in (CORPORA / name).read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def test_of_what_people_typed_hardly_anything_is_carried_out_to_their_harm() -> None:
    harmful = 0
    for message in _corpora():
        harm = message.get("harm") or ACTS - {message["intent"]}
        assert isinstance(harm, list | set)
        harmful += _act(read(str(message["message"]))) in harm
    print(f"{harmful} of 240 messages carried out to their senders' harm")

    assert harmful <= HARMFUL_OF_240


def test_the_offers_and_claims_that_people_typed_are_done_or_read_back() -> None:
    kept = [
        message["intent"]
        for message in _corpora()
        if message["intent"] in ("post_offer", "claim")
        and message["intent"] in _acts_asked(read(str(message["message"])))
    ]
    print(f"{len(kept)} offers and claims understood")

    assert len(kept) >= OFFERS_AND_CLAIMS_UNDERSTOOD


def test_no_message_that_people_typed_is_answered_by_a_machines_silence() -> None:
    silent = [
        message
        for message in _corpora()
        if isinstance(read(str(message["message"])), Noise | Thanks)
        and message["intent"] not in ("chat", "thanks", "unclear")
    ]

    assert silent == []


@pytest.mark.parametrize("typed", ["test kits available", "prueba de agua"])
def test_words_about_a_thing_are_no_radio_test(typed: str) -> None:
    assert not isinstance(read(typed), Noise)


def test_an_own_post_that_is_over_is_never_called_a_strangers(talk: Talk) -> None:
    talk.ask("need water")
    code = talk.only_post().code
    talk.ask(f"cancel {code}")

    assert f"About {code}: nothing was done; it is withdrawn." in talk.ask(f"forget {code} its fine")
