"""The words people type on a tiny keyboard, and what each stands for."""


def word_set(words: str) -> frozenset[str]:
    """Return the words of a line as a set."""
    return frozenset(words.split())


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
