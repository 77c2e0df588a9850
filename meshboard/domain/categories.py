"""What a post is about, told by the words in it."""

import difflib
import re

from meshboard.domain.posts import Category, PostKind

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
