"""What a post is about, told by the words in it, in English and Spanish."""

import difflib
import re

from meshboard.domain.posts import Category, PostKind
from meshboard.domain.text import without_accents

_WORDS_OF = {
    Category.WATER: "water drinking jug jugs thirsty potable agua garrafón garrafones",
    Category.FOOD: (
        "food eat eats eggs egg milk formula bread rice beans soup groceries snack snacks fruit "
        "vegetables meat coffee sugar hungry flour pasta cans canned veg comida alimentos huevos leche "
        "arroz frijoles sopa despensa fruta verduras carne café azúcar harina hambre"
    ),
    Category.SHELTER: (
        "shelter tent tents blanket blankets cot cots bed beds room couch sleep roof housing refugio "
        "albergue cobija cobijas manta mantas cama camas catre cuarto techo carpa"
    ),
    Category.TRANSPORT: (
        "ride rides transport drive driving driver lift car van truck bus bike boat transit transporte "
        "viaje aventón carro auto camioneta camión autobús llevar"
    ),
    Category.MEDICAL: (
        "medical meds med medicine medication insulin inhaler doctor nurse clinic first-aid bandage "
        "bandages gauze hurt injured bleeding fell pills prescription oxygen wheelchair crutches epipen "
        "narcan medicina medicinas medicamento medicamentos insulina inhalador médico enfermera clínica "
        "vendas herido herida sangre pastillas receta oxígeno muletas"
    ),
    Category.CARE: (
        "care watch kids kid babysit babysitter childcare child elder elderly company wellness grandma "
        "grandpa cuidar cuidado niños niñera bebé abuela abuelo ancianos compañía"
    ),
    Category.TOOLS: (
        "tools tool chainsaw saw ladder hammer drill shovel pump tarp rope jack wrench screwdriver "
        "plumber herramienta herramientas motosierra escalera martillo taladro pala bomba lona cuerda "
        "plomero"
    ),
    Category.POWER: (
        "power charge charging charger battery batteries generator genny gas gasoline fuel propane "
        "electricity solar outlet outlets aa aaa flashlight lantern inverter luz electricidad cargar "
        "cargador pila pilas batería baterías generador gasolina gas combustible linterna"
    ),
    Category.COMMS: "comms radio antenna internet wifi signal repeater relay node señal antena",
    Category.CLOTHING: (
        "clothing clothes coat coats jacket jackets shoes boots socks pants shirt shirts hat gloves ropa "
        "abrigo abrigos chamarra chaqueta zapatos botas calcetines pantalones camisa camisas guantes"
    ),
    Category.HYGIENE: (
        "hygiene diapers diaper nappies wipes soap shampoo toilet tp pads tampons toothpaste shower razor "
        "higiene pañales pañal toallitas jabón champú baño papel toallas ducha"
    ),
    Category.PETS: (
        "pets pet dog dogs cat cats puppy kitten litter leash mascota mascotas perro perros perra gato "
        "gatos gata"
    ),
    Category.LANGUAGE: (
        "language speak speaks interpreter translate translator translation asl interpreting idioma "
        "intérprete traducir traductor traductora traducción hablo"
    ),
    Category.LEGAL: (
        "legal lawyer notary eviction paralegal fema immigration landlord abogado abogada desalojo "
        "migración notario"
    ),
    Category.CLEANUP: (
        "cleanup clean-up cleaning debris muck mold mould sandbags sweep trash limpieza limpiar escombros "
        "lodo moho basura barrer"
    ),
    Category.KITCHEN: (
        "kitchen cook cooks cooking dishes meals meal dinner lunch breakfast supper cocina cocinar "
        "cocinero cocinera almuerzo cena desayuno"
    ),
    Category.INFO: (
        "info information news road bridge closed open información noticias puente cerrado cerrada"
    ),
    Category.OTHER: "other misc",
}
_CATEGORY_OF = {
    form: category
    for category, words in _WORDS_OF.items()
    for word in words.split()
    for form in (word, without_accents(word))
}
_WORD = re.compile(r"[^\W_][\w-]*")

_FUZZY_CUTOFF = 0.85  # one wrong letter in four or more: `fod`, `watr`, `dipers`; but not `good`, `later`
_FUZZY_MIN_LETTERS = 3
_MAX_WORDS = 60  # more words than one text of 200 bytes holds; keeps a hostile text cheap


def category_of(words: list[str]) -> Category | None:
    """Return what words are about, None when none of them says; a misspelt word counts after all others."""
    for word in words[:_MAX_WORDS]:
        if word in _CATEGORY_OF:
            return _CATEGORY_OF[word]
    for word in words[:_MAX_WORDS]:
        near = _nearest(word)
        if near is not None:
            return _CATEGORY_OF[near]
    return None


def is_category(word: str) -> bool:
    """Say whether a word, spelt right, names a category or something in one."""
    return word in _CATEGORY_OF


def guess_category(kind: PostKind, body: str) -> Category:
    """Return what a post seems to be about; OTHER, or INFO for a notice, when no word tells."""
    about = category_of([word.casefold() for word in _WORD.findall(body)])
    if about is not None:
        return about
    return Category.INFO if kind is PostKind.NOTICE else Category.OTHER


def _nearest(word: str) -> str | None:
    if len(word) < _FUZZY_MIN_LETTERS:
        return None
    return next(iter(difflib.get_close_matches(word, _CATEGORY_OF, n=1, cutoff=_FUZZY_CUTOFF)), None)
