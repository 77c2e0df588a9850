"""What neighbours say beside the corpus's posts. Invented, like everything here."""

WELCOME = "Welcome! Press n and ask for something: a neighbour takes it on within a minute. Or t, and help."

CLAIM_NOTES = (
    "",
    "",
    "",
    "by bike, give me 20 min",
    "on my way",
    "can bring it after the shift",
    "voy en un rato",
    "have it in the van",
)
"""Most people say nothing when they take something on."""

NOTES = (
    "is this still needed?",
    "the back gate is open",
    "knock loudly, bell is out",
    "asked next door, they may have more",
    "¿hay rampa?",
    "thank you all",
    "street is flooded at the corner, come from the north",
    "ring Noor's station if nobody answers",
)

HANDHELD_WORDS = (
    "need water 5 gal @5th&oak",
    "need ride to clinic tmrw 8am @mill & 9th",
    "offer phone charging on porch til dark @12 elm",
    "list food",
    "need diapers size 4 1 pack @lot 14",
    "offer chainsaw and a person for it @chapel",
    "list",
    "need dog food 1 bag @block d",
    "necesito 2 cobijas @lote 14",
    "offer 10 hot meals @mill house",
    "need insulin ice 2 bags urgent @block d 11",
    "list water",
    "notice bridge on 9th is closed",
    "need batteries 8 aa @garden st",
)
