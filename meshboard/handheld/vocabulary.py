"""The words people type on a tiny keyboard, in English and Spanish, and what each stands for."""

from collections.abc import Mapping
from typing import TypeVar

from meshboard.domain.posts import PostKind
from meshboard.domain.text import without_accents
from meshboard.handheld.intents import Verb

_Meaning = TypeVar("_Meaning")


def word_set(words: str) -> frozenset[str]:
    """Return the words of a line as a set, each also as it is typed without accents."""
    return frozenset(form for word in words.split() for form in (word, without_accents(word)))


def _meanings(words_of: Mapping[_Meaning, str]) -> dict[str, _Meaning]:
    return {word: meaning for meaning, words in words_of.items() for word in word_set(words)}


POLITE = word_set(
    "pls please plz thx thanks thank ty tks ok okay k hi hello hey sry sorry you "
    "favor porfa porfavor gracias hola"
)
VERB_OF = _meanings(
    {
        Verb.SHOW: "show see view details detail status ver muestra mostrar detalles detalle estado",
        Verb.TAKE: "take taking claim tomo tomar tomamos",
        Verb.DONE: "done finished complete completed delivered confirm close closed received "
        "hecho listo terminado entregado recibido completado confirmo confirmar cerrar",
        Verb.DROP: "drop release unclaim suelto soltar",
        Verb.CANCEL: "cancel withdraw delete remove kill cancela cancelar cancelo borra borrar quita quitar",
        Verb.NOTE: "note comment nota comentario",
    }
)
KIND_OF = _meanings(
    {
        PostKind.NEED: "need needs needed necesito necesitamos necesita necesitan necesidad necesidades "
        "falta faltan busco buscamos",
        PostKind.OFFER: "offer offers offering ofrezco ofrecemos oferta ofertas",
        PostKind.TASK: "task tasks shift tarea tareas turno",
        PostKind.NOTICE: "notice notices fyi psa alert warning aviso avisos alerta atención",
    }
)
HELP_WORDS = word_set("help h commands menu howto ayuda comandos menú")
LIST_WORDS = word_set("list lst ls l ll q board all whats what lista listar tablero")
WHOLE_BOARD = word_set("all list board everything bord posts open live todo todos todas tablero")
MORE_WORDS = word_set("more m next más siguiente")
MY_WORDS = word_set("my mine mis mías míos")
YES_FIRST = word_set("yes y yep yeah yup si sí sip claro dale sure")
YES_WORDS = YES_FIRST | word_set("do it post that hazlo publica publícalo por")
NO_FIRST = word_set("no n nope nah")
NO_WORDS = NO_FIRST | word_set("dont not así déjalo it leave")
LAST_ONE = word_set("last it that último última eso")


UNIT_OF = _meanings(
    {
        "gal": "gal gals gallon gallons galón galones",
        "l": "l liter liters litre litres litro litros",
        "lb": "lb lbs pound pounds libra libras",
        "kg": "kg kgs kilo kilos",
        "oz": "oz ounce ounces onza onzas",
        "people": "people ppl person persons pers adults volunteers helpers "
        "persona personas gente adultos voluntarios",
        "portions": "portion portions servings porción porciones raciones",
        "meals": "meal meals",
        "dozen": "dozen doz dz docena docenas",
        "packs": "pack packs paquete paquetes",
        "boxes": "box boxes caja cajas",
        "bags": "bag bags bolsa bolsas",
        "bottles": "bottle bottles botella botellas",
        "cans": "can cans tins lata latas",
        "cases": "case cases",
        "seats": "seat seats asiento asientos",
        "beds": "bed beds cama camas",
        "rolls": "roll rolls rollo rollos",
        "tabs": "tab tabs tablets pills pastillas tabletas",
        "loaves": "loaf loaves",
    }
)
"""Unit words as typed, and the one of each group that a post carries."""

TIME_UNITS = word_set(
    "am pm a p h hr hrs hour hours min mins minute minutes day days week weeks wk wks month months "
    "night nights st nd rd th yr yrs year years "
    "hora horas minuto minutos día días semana semanas mes meses noche noches "
    "año años de del"
)
"""Words after a number that make it a time, an age or an ordinal, never an amount."""

NOT_CODES = word_set(
    "any1 some1 no1 every1 b4 gr8 l8r m8 h8 2day 2nite 2nd 3rd all them that this with what here "
    "there have when mine thanks care more part half once each some none today later needs offer "
    "offers task tasks please they then that thats back from have been after "
    "todo toda todos todas esto este esta estos estas eso esa ese algo nada aquí allá para pero como cómo "
    "otro otra cosa casa hace dame gente ahora antes tarde mañana noche favor más mis del "
    "las los con por hay desde"
)
"""Words that have the shape of a code and are none."""
