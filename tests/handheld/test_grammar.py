"""What typed messages are taken for."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshboard.domain.posts import Category, PostContent, PostKind, Quantity, Urgency
from meshboard.handheld.grammar import parse
from meshboard.handheld.intents import (
    Cancel,
    Done,
    Drop,
    Help,
    Intent,
    ListPosts,
    More,
    My,
    Note,
    Publish,
    Show,
    Take,
    Thanks,
    Unclear,
    Verb,
    WhichOne,
)

CORPUS = Path(__file__).parents[1] / "corpus" / "handheld.jsonl"
UNDERSTOOD_OF_60 = (
    53  # all in English and Spanish but one that would be posted on a guess, none in other languages
)


@pytest.mark.parametrize(
    ("typed", "intent"),
    [
        ("list", ListPosts()),
        ("LIST ALL", ListPosts()),
        ("list food", ListPosts(Category.FOOD)),
        ("l water", ListPosts(Category.WATER)),
        ("list needs", ListPosts(kind=PostKind.NEED)),
        ("needs", ListPosts(kind=PostKind.NEED)),
        ("water?", ListPosts(Category.WATER)),
        ("show K7Q2", Show("K7Q2")),
        ("k7q2?", Show("K7Q2")),
        ("kqwx", Show("KQWX")),
        ("take K7Q2", Take("K7Q2", None)),
        ("take K7Q2 2", Take("K7Q2", Quantity(Decimal(2)))),
        ("i can do 2 of the 5 for h6n0", Take("H6N0", Quantity(Decimal(2)))),
        ("take 2.5 gallons of k7q2", Take("K7Q2", Quantity(Decimal("2.5"), "gal"))),
        ("take KO-Q2", Take("K0Q2", None)),
        ("take kl7i", Take("K171", None)),
        ("on it - P9T2", Take("P9T2", None)),
        ("DONE K7Q2 thx!!", Done("K7Q2")),
        ("done AEKM", Done("AEKM")),
        ("KQWX done", Done("KQWX")),
        ("drop k7q2", Drop("K7Q2")),
        ("cancel T5C2", Cancel("T5C2")),
        ("cancel my last", Cancel(None)),
        ("note K7Q2: use back gate, dog in yard", Note("K7Q2", "use back gate, dog in yard")),
        ("my", My()),
        ("list my posts", My()),
        ("more", More()),
        ("show more", More()),
        ("?", Help()),
        ("help", Help()),
        ("help list", Help()),
        ("ok", Thanks()),
        ("👍", Thanks()),
        ("take it", WhichOne(Verb.TAKE)),
        ("done", WhichOne(Verb.DONE)),
        ("thanks for the food", Unclear("thanks for the food")),
    ],
)
def test_a_plain_message_is_taken_for_what_it_says(typed: str, intent: Intent) -> None:
    assert parse(typed) == intent


@pytest.mark.parametrize(
    ("typed", "intent"),
    [
        ("ayuda", Help()),
        ("cómo publico algo", Help()),
        ("lista", ListPosts()),
        ("ver todo", ListPosts()),
        ("lista de medicinas", ListPosts(Category.MEDICAL)),
        ("ofertas", ListPosts(kind=PostKind.OFFER)),
        ("pañales?", ListPosts(Category.HYGIENE)),
        ("ver K7Q2", Show("K7Q2")),
        ("tomo K7Q2 2", Take("K7Q2", Quantity(Decimal(2)))),
        ("nosotros vamos con el K7Q2", Take("K7Q2", None)),
        ("ya está listo K7Q2", Done("K7Q2")),
        ("hecho K7Q2, gracias", Done("K7Q2")),
        ("no puedo con K7Q2", Drop("K7Q2")),
        ("suelto K7Q2", Drop("K7Q2")),
        ("cancelar K7Q2", Cancel("K7Q2")),
        ("borra el último", Cancel(None)),
        ("nota K7Q2: ¿quién tiene la llave?", Note("K7Q2", "¿quién tiene la llave?")),
        ("mis", My()),
        ("mas", More()),
        ("gracias", Thanks()),
        ("gracias por la comida", Unclear("gracias por la comida")),
        ("tengo que ver", Unclear("tengo que ver")),
    ],
)
def test_a_plain_message_in_spanish_is_taken_for_what_it_says(typed: str, intent: Intent) -> None:
    assert parse(typed) == intent


@pytest.mark.parametrize(
    "typed",
    [
        "no cancelar K7Q2",
        "quedó K7Q2?",
        "listo K7Q2?",
        "¿alguien lleva K7Q2?",
        "todavía no K7Q2",
        "done K7Q2?",
    ],
)
def test_a_question_or_a_refusal_in_any_order_of_words_only_shows_the_post(typed: str) -> None:
    assert parse(typed) == Show("K7Q2")


@pytest.mark.parametrize(
    ("typed", "kind", "category", "quantity"),
    [
        ("necesitamos 3 cobijas @gimnasio", PostKind.NEED, Category.SHELTER, Quantity(Decimal(3))),
        ("urgente: falta insulina", PostKind.NEED, Category.MEDICAL, None),
        ("alguien tiene motosierra", PostKind.NEED, Category.TOOLS, None),
        ("tenemos hambre", PostKind.NEED, Category.FOOD, None),
        ("leche x favor 2 litros", PostKind.NEED, Category.FOOD, Quantity(Decimal(2), "l")),
        ("water for the shelter pls", PostKind.NEED, Category.WATER, None),
        ("tengo 4 garrafones de agua", PostKind.OFFER, Category.WATER, Quantity(Decimal(4))),
        (
            "puedo llevar 3 personas al centro",
            PostKind.OFFER,
            Category.TRANSPORT,
            Quantity(Decimal(3), "people"),
        ),
        ("ofrezco sopa 20 porciones", PostKind.OFFER, Category.FOOD, Quantity(Decimal(20), "portions")),
        ("aviso: puente cerrado", PostKind.NOTICE, Category.INFO, None),
    ],
)
def test_a_post_in_spanish_is_what_its_words_say(
    typed: str, kind: PostKind, category: Category, quantity: Quantity | None
) -> None:
    content = posted(typed)

    assert (content.kind, content.category, content.quantity) == (kind, category, quantity)


@pytest.mark.parametrize(
    "typed", ["dont cancel K7Q2", "is K7Q2 done?", "anyone take my K7Q2 yet", "not done K7Q2 yet"]
)
def test_a_question_or_a_refusal_about_a_post_only_shows_it(typed: str) -> None:
    assert parse(typed) == Show("K7Q2")


def test_a_code_with_a_character_missing_is_still_taken_for_a_code() -> None:
    assert parse("take K7Q") == Take("K7Q", None)


def posted(typed: str) -> PostContent:
    intent = parse(typed)
    assert isinstance(intent, Publish)
    return intent.content


def test_a_need_has_its_amount_place_and_category_taken_out_of_its_words() -> None:
    content = posted("need water 5 gal @5th&oak")

    assert content == PostContent(
        PostKind.NEED,
        Category.WATER,
        Urgency.NORMAL,
        "water",
        quantity=Quantity(Decimal(5), "gal"),
        place="5th&oak",
        lifetime_hours=72,
    )


def test_a_place_ends_at_a_comma_and_may_be_followed_by_the_amount() -> None:
    assert posted("offer soup @St Mark hall, vegan").text == "soup, vegan"
    assert posted("offer soup @St Mark hall, vegan").place == "St Mark hall"
    assert posted("need water @5th&oak 5 gal").place == "5th&oak"
    assert posted("need water @5th&oak 5 gal").quantity == Quantity(Decimal(5), "gal")


def test_a_task_counts_people() -> None:
    content = posted("task 4 ppl unload truck sat 9am @gym")

    assert (content.kind, content.quantity) == (PostKind.TASK, Quantity(Decimal(4), "people"))
    assert (content.text, content.place) == ("unload truck sat 9am", "gym")


@pytest.mark.parametrize(
    "typed",
    [
        "need ride clinic tmrw 8am",
        "need diapers sz2",
        "need help 2nd floor",
        "outta gas 4 genny birch apts",
        "need 3 pm ride",
        "need someone 2 watch kids til 5",
    ],
)
def test_times_sizes_and_floors_are_no_amounts(typed: str) -> None:
    assert posted(typed).quantity is None


def test_a_time_after_the_place_sign_is_no_place() -> None:
    assert posted("can drive 3 ppl north @4").place == ""


@pytest.mark.parametrize(
    ("typed", "urgency"),
    [
        ("need insulin", Urgency.NORMAL),
        ("need insulin!", Urgency.HIGH),
        ("urgent need insulin", Urgency.HIGH),
        ("need insulin asap", Urgency.HIGH),
        ("need insulin critical", Urgency.CRITICAL),
        ("HELP pls mom fell cant get up", Urgency.HIGH),
        ("offer free soup!!", Urgency.NORMAL),
    ],
)
def test_urgency_is_what_its_words_say(typed: str, urgency: Urgency) -> None:
    assert posted(typed).urgency is urgency


@given(st.text(max_size=250))
def test_any_text_gives_an_intent(typed: str) -> None:
    parse(typed)


WORDS = [
    "need",
    "offer",
    "task",
    "take",
    "done",
    "list",
    "show",
    "note",
    "cancel",
    "my",
    "more",
    "i",
    "can",
    "of",
]
MARKS = ["2", "5", "gal", "ppl", "8am", "@", "@oak", ",", "!", ":", "K7Q2", "k7q"]


@given(st.lists(st.sampled_from(WORDS + MARKS), max_size=12).map(" ".join))
def test_any_order_of_known_words_gives_an_intent(typed: str) -> None:
    parse(typed)


@given(st.text(min_size=1, max_size=80))
def test_a_post_never_invents_words(typed: str) -> None:
    intent = parse("need " + typed)
    if isinstance(intent, Publish):
        assert set(intent.content.text.replace(",", "").split()) <= set(
            typed.replace(",", "").split()
        ) | _parts(typed)


def _parts(typed: str) -> set[str]:
    """Words may lose punctuation at their ends, never anything else."""
    plain = typed.replace(",", "")
    return {plain_word for word in plain.split() for plain_word in _ends_cut(word)}


def _ends_cut(word: str) -> set[str]:
    return {word[start:end] for start in range(len(word)) for end in range(start + 1, len(word) + 1)}


def test_the_messages_people_typed_are_understood() -> None:
    lines = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    understood = sum(_is_understood(line) for line in lines)
    print(f"{understood} of {len(lines)} handheld messages understood")

    assert understood >= UNDERSTOOD_OF_60


def _is_understood(line: dict[str, str | float | None]) -> bool:
    expected = (line["intent"], line["category"], line["code"], line["qty"])
    found = _summary(parse(str(line["message"])))
    # asking how a post stands is answered by showing it
    return found == expected or (line["intent"] == "status" and found == ("show", *expected[1:]))


def _summary(intent: Intent) -> tuple[str | float | None, ...]:
    match intent:
        case Publish(content=content):
            amount = float(content.quantity.amount) if content.quantity else None
            return f"post_{content.kind.name.lower()}", content.category.name.lower(), None, amount
        case ListPosts(category=None):
            return "list", None, None, None
        case ListPosts(category=category):
            return "list_category", category.name.lower() if category is not None else None, None, None
        case Take(code=code, quantity=quantity):
            return "claim", None, code, float(quantity.amount) if quantity else None
        case Show(code=code) | Done(code=code) | Cancel(code=code) | Note(code=code):
            return type(intent).__name__.lower(), None, code, None
        case Drop(code=code):
            return "release", None, code, None
        case Thanks() | Unclear():
            return "unclear", None, None, None
        case _:
            return type(intent).__name__.lower(), None, None, None
