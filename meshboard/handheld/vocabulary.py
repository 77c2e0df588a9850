"""The words people type on a tiny keyboard, and what each stands for."""

import difflib

from meshboard.domain.posts import Category


def word_set(words: str) -> frozenset[str]:
    """Return the words of a line as a set."""
    return frozenset(words.split())


_WORDS_OF = {
    Category.WATER: "water drinking jug jugs thirsty potable",
    Category.FOOD: "food eat eats eggs egg milk formula bread rice beans soup groceries snack "
    "snacks fruit vegetables meat coffee sugar hungry flour pasta cans canned "
    "veg",
    Category.SHELTER: "shelter tent tents blanket blankets cot cots bed beds room couch sleep roof housing",
    Category.TRANSPORT: "ride rides transport drive driving driver lift car van truck bus bike boat transit",
    Category.MEDICAL: "medical meds med medicine medication insulin inhaler doctor nurse clinic "
    "first-aid bandage bandages gauze hurt injured bleeding fell pills "
    "prescription oxygen wheelchair crutches epipen narcan",
    Category.CARE: "care watch kids kid babysit babysitter childcare child elder elderly "
    "company wellness grandma grandpa",
    Category.TOOLS: "tools tool chainsaw saw ladder hammer drill shovel pump tarp rope jack "
    "wrench screwdriver plumber",
    Category.POWER: "power charge charging charger battery batteries generator genny gas "
    "gasoline fuel propane electricity solar outlet outlets aa aaa flashlight "
    "lantern inverter",
    Category.COMMS: "comms radio antenna internet wifi signal repeater relay node",
    Category.CLOTHING: "clothing clothes coat coats jacket jackets shoes boots socks pants shirt "
    "shirts hat gloves",
    Category.HYGIENE: "hygiene diapers diaper nappies wipes soap shampoo toilet tp pads tampons "
    "toothpaste shower razor",
    Category.PETS: "pets pet dog dogs cat cats puppy kitten litter leash",
    Category.LANGUAGE: "language speak speaks interpreter translate translator translation asl interpreting",
    Category.LEGAL: "legal lawyer notary eviction paralegal fema immigration landlord",
    Category.CLEANUP: "cleanup clean-up cleaning debris muck mold mould sandbags sweep trash",
    Category.KITCHEN: "kitchen cook cooks cooking dishes meals meal dinner lunch breakfast supper",
    Category.INFO: "info information news road bridge closed open",
    Category.OTHER: "other misc",
}
_CATEGORY_OF = {word: category for category, words in _WORDS_OF.items() for word in words.split()}

UNIT_OF = {
    word: unit
    for unit, words in {
        "gal": "gal gals gallon gallons",
        "l": "l liter liters litre litres",
        "lb": "lb lbs pound pounds",
        "kg": "kg kgs kilo kilos",
        "oz": "oz ounce ounces",
        "people": "people ppl person persons pers adults volunteers helpers",
        "portions": "portion portions servings",
        "meals": "meal meals",
        "dozen": "dozen doz dz",
        "packs": "pack packs",
        "boxes": "box boxes",
        "bags": "bag bags",
        "bottles": "bottle bottles",
        "cans": "can cans tins",
        "cases": "case cases",
        "seats": "seat seats",
        "beds": "bed beds",
        "rolls": "roll rolls",
        "tabs": "tab tabs tablets pills",
        "loaves": "loaf loaves",
    }.items()
    for word in words.split()
}
"""Unit words as typed, and the one of each group that a post carries."""

TIME_UNITS = word_set(
    "am pm a p h hr hrs hour hours min mins minute minutes day days week weeks wk wks month months "
    "night nights st nd rd th yr yrs year years"
)
"""Words after a number that make it a time, an age or an ordinal, never an amount."""

NOT_CODES = word_set(
    "any1 some1 no1 every1 b4 gr8 l8r m8 h8 2day 2nite 2nd 3rd all them that this with what here "
    "there have when mine thanks care more part half once each some none today later needs offer "
    "offers task tasks please they then that thats back from have been after"
)
"""Words that have the shape of a code and are none."""

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


def _nearest(word: str) -> str | None:
    if len(word) < _FUZZY_MIN_LETTERS:
        return None
    return next(iter(difflib.get_close_matches(word, _CATEGORY_OF, n=1, cutoff=_FUZZY_CUTOFF)), None)
