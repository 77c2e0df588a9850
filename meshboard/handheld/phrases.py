"""The turns of speech people type on a tiny keyboard, in English and Spanish.

All but what is looked for in a whole line meet words in lower case without apostrophes (`_Message.phrase`);
Spanish is typed with and without its accents.
"""

import re

from meshboard.handheld.intents import Verb

SAYS_HOW = re.compile(
    r"(how (do|does|to|can)|what (can i|is this|do i)|"
    r"c[oó]mo (se|puedo|hago|publico|uso|funciona)|qu[eé] (es esto|puedo))\b"
)
"""Asks how the board is used."""

QUESTION = re.compile(
    r"(is|has|did|was|should|shall|who|when|where|how|what|whats|any ?one|any ?1|any ?body|"
    r"qui[eé]n|cu[aá]ndo|d[oó]nde|c[oó]mo|qu[eé]|alguien)\b"
)
NOT_SO = re.compile(r"\b(dont|not|isnt|wait|todav[ií]a|no(?! (puedo|podr|podemos|voy a poder|alcanzo)))\b")
PHRASE_OF = (
    (
        Verb.CANCEL,
        re.compile(
            r"\b(cancel|withdraw|delete|remove|kill|nvm|never ?mind|"
            r"cancel(a|ar|en|o)|borr(a|ar|en)|quit(a|ar|en))\b"
        ),
    ),
    (
        Verb.DROP,
        re.compile(
            r"\b(drop|release|cant|cannot|wont|unable|"
            r"suelto|soltar|no (puedo|podr[eé]|podemos|voy a poder|alcanzo))\b"
        ),
    ),
    (
        Verb.DONE,
        re.compile(
            r"\b(done|finished|completed?|delivered|closed?|received|got it|"
            r"hecho|listo|terminado|entregado|recibido|completado|entregu[eé]|recib[ií]|qued[oó])\b"
        ),
    ),
    (Verb.SHOW, re.compile(r"\b(details?|show|see|status|ver|detalles?|estado)\b")),
    (
        Verb.TAKE,
        re.compile(
            r"\b(take|taking|claim|on it|i can|ill|can do|will do|got this|"
            r"voy|vamos|tomo|tomamos|llevo|llevamos|puedo|podemos|me encargo|lo hago)\b"
        ),
    ),
)
"""Ways to say each, looked for in this order where a message names a code."""

_FEELING = (
    r"(hambre|sed|fr[ií]o|miedo|dolor|fiebre|problemas?|una? (problema|emergencia|pregunta|duda)|que)\b"
)
ASKING = re.compile(
    r"((any ?one|any ?1|any ?body|some ?one|some ?1|some ?body|(can|could) (any|some)|who has|looking for|"
    r"want|(were |im |ran )?(outta|out of)|low on|"
    r"(alguien|qui[eé]n) (tiene|puede|sabe|presta|me|nos)|(me|nos) (hace )?faltan?|hacen? falta|"
    r"se (necesitan?|buscan?)|estamos sin|estoy sin|quiero|queremos|"
    r"(tengo|tenemos) (hambre|sed|fr[ií]o|dolor|fiebre))\b|.+\bany$)"
)
GIVING = re.compile(
    r"((i|we|yo|nosotros) )?"
    rf"(have|hav|can|giving|free|spare|extra|speak|(tengo|tenemos) (?!{_FEELING})\w+|"
    r"regal(o|amos)|d(oy|amos)|prest(o|amos)|(me |nos )?sobran?|hablo|hablamos|"
    r"(puedo|podemos) (llevar|traer|dar|prestar|cocinar|cuidar|ayudar|manejar|traducir|reparar|arreglar))\b"
)
PLEASE = re.compile(r"\b(pls|please|plz|(por|x) ?fa(vor)?|xfa(vor)?|porfis)\b", re.IGNORECASE)
"""Looked for in the whole line."""

LEADING_LABEL = re.compile(
    r"\W*(?P<urgent>(?:urgent|critical|emergency|asap|sos|urgente|emergencia)\W+)?"
    r"(?:(?:i|we|yo|nosotros)\s+)?(?P<label>[^\W\d_]+)[\s:,.-]*",
    re.IGNORECASE,
)
LEADING_HAVE = re.compile(
    rf"(?:(?:i|we|yo|nosotros)\s+)?(?:have|hav|want|quiero|queremos|(?:tengo|tenemos)(?!\s+{_FEELING}))\s+",
    re.IGNORECASE,
)
