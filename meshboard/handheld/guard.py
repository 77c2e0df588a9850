"""Guard: what a message says that stands above the act it seems to ask for.

A sentence with a negation or an affliction is never carried out as an offer or a claim: it is read back, and
done once its sender says yes. Machines get nothing.
"""

import re
from dataclasses import dataclass

from meshboard.domain.categories import category_of, is_category
from meshboard.domain.posts import Category, PostKind, Urgency
from meshboard.domain.text import without_accents
from meshboard.handheld.grammar import code_in, parse
from meshboard.handheld.intents import (
    Cancel,
    Done,
    Drop,
    Help,
    Intent,
    ListPosts,
    Noise,
    Publish,
    ReadBack,
    Show,
    Take,
    Thanks,
    Unclear,
    Verb,
    WhichOne,
)
from meshboard.handheld.posting import content_of
from meshboard.handheld.vocabulary import VERB_OF, word_set


def _words(alternatives: str) -> re.Pattern[str]:
    """Look for whole words or turns of speech in a folded line; spaces in the pattern are for reading."""
    return re.compile(rf"\b(?:{'|'.join(alternatives.split())})\b".replace("_", " "))


_HARMLESS = _words(
    "no_(?:problems?|prob|worries|charge|cost|rush|hurry|limit|strings|one_else|body_else) no_hay_problema "
    "nobody_else nadie_mas not_used never_used out_of_(?:town|here|the_(?:city|county|area|way)) "
    "sin_(?:costo|cargo|problemas?|compromiso|prisa|falta|usar|estrenar|abrir) "
    "fire_(?:station|house|dept|department|wood|place|trucks?|hall|pit|extinguishers?) first_aid"
)
"""Turns of speech that hold a word of those below and say nothing bad."""
_CANNOT = "cant|cnt|can_not|can_t|cannot|couldnt|wont|unable"
_HAVE_NOT = "(?:dont|dnt|do_not|donot|doesnt|didnt|havent|havnt|hasnt|aint)"
_USED_UP = (
    r"(?:ran|run|running)_(?:out|low) short_(?:of|on) "
    r"se_(?:(?:me|nos|le|les)_)?(?:acab|agot|termin|fue|fuer|perdi|romp|descomp)\w*"
)
_NEGATION = _words(
    rf"{_CANNOT} {_HAVE_NOT} {_USED_UP} isnt arent wasnt wouldnt shouldnt no not non none nothing nuthin "
    r"never neither nor without w_o out_of outta outa zero lost gone missing "
    r"sin nada nadie ningun\w* nunca tampoco perd(?:i|io|imos|ido) (?:acab|agot)(?:o|aron|ado|ada)"
)
_LACK = _words(
    rf"{_USED_UP} {_HAVE_NOT}_(?:have|got|hav|had) (?:have|hav|got|has)_(?:no|not|nothing|zero) low_on "
    r"(?:out_of|outta|outa)_\w+ nothing_(?:left|to_\w+) (?:all|is|are|its)_gone nos_quedamos_sin "
    r"lost_(?:my|our|his|her|the|all|every\w*|power) perd(?:i|io|imos)_(?:mi|mis|el|la|los|las|a|todo) "
    r"no_(?:(?:me|nos|le|les)_)?(?:tengo|tenemos|tiene|tienen|hay|ay|queda|quedan)"
)
_LACKS_A_THING = re.compile(r"\b(?:no|sin|without|w o|zero|not enough|not any|ningun\w*)((?: \w+){1,3})")
_VITAL = (Category.WATER, Category.FOOD, Category.MEDICAL, Category.SHELTER, Category.POWER)
_AFFLICTION = _words(
    r"ble+d\w* sangr\w+ hemorrag\w+ inj(?:u|ur|ure|er)\w*d inj\w*ries hurt\w* wound\w* herid\w+ lastimad\w+ "
    r"fea?ver\w* fiebre calentura sick enferm[oa]s? vomit\w* diarr\w+ infect\w* poison\w* "
    r"envenen\w* asthma asma breath\w* brea?the\w* brething respir(?:a|ar|o|amos|ando) pains? dolor\w* "
    r"duele\w* fire incendi\w+ burn(?:s|ed|t|ing)? quem(?:a|o|ando|aron|ad\w+) drown\w* ahog\w+ "
    r"fell (?:se_)?cay(?:o|eron) trapped stuck atrapad\w+ atorad\w+ broken_(?:leg|arm|hip|bone\w*) "
    r"unconscious inconscient\w+ desmay\w+ faint\w* collapsed? dying muri(?:o|endo)\w* "
    r"stroke seizures? convulsi\w+ infarto heart_attack overdos\w+ sobredosis in_labor de_parto contrac\w+ "
    r"hungry starving thirsty hambre sed freezing (?:hace|tengo|tenemos|mucho)_frio "
    r"golpead\w+ stabbed shot_at mayday sos auxilio socorro rescue rescat\w+ save_(?:me|us) emergenc\w+"
)
_NOT_NEEDED = _words(
    r"(?:dont|dnt|do_not|donot|doesnt|no_longer)_(?:\w+_)?need\w* needs?_(?:no_more|nothing|none) "
    r"(?:ya_)?no_(?:necesit|ocup)\w+ ya_no_hace\w*_falta"
)
_GIVES_UP = _words(
    rf"{_CANNOT} forget olvid\w+ never_?mind nvm back(?:ed|ing)?_out bail\w* no_longer any_?more "
    r"ya_no renunci\w+ (?:need|have|has|got)_to_(?:drop|release|cancel) giv(?:e|ing)_(?:it_)?(?:back|up) "
    r"take_(?:it|that|mine|this)_(?:down|off) dar?_de_baja baj(?:a|en|ar)lo found_(?:one|some|it|another) "
    r"(?:consegui|encontr)\w+ (?:dont|do_not)_need\w* no_(?:lo_)?necesit\w+ not_(?:gonna|going_to|able_to) "
    r"no_(?:puedo|podemos|podre\w*|llego|alcanzo|voy_a)\w* changed_my_mind"
)
_HOLDS_ON = _words(
    r"yet still todavia aun (?:dont|do_not|dnt|not_to|no)_"
    r"(?:take|cancel\w*|drop|remove|delete|forget|quit\w+|borr\w+|olvid\w+|suelt\w+)"
)
"""Asks for nothing to be changed: `do not take K7Q2 down yet`."""
_INVERTED = re.compile(
    r"(?:have|has|hav|can|could|do|does|will|would) "
    r"(?P<who>i|you|u|ya|yall|they|we|he|she|any ?one|any ?body|some ?one|any)\b(?P<getting> "
    r"(?:pls |please |plz )?(?:get|have|borrow|use|come|bring|send|pick|take|drive|give|lend|help)\b)?"
)
_SAYS_OFFER = re.compile(r"(?:(?:i|we|yo|urgent|urgente) )*(?:offer\w*|ofrec\w*|oferta\w*)\b")
_JOKE = re.compile(r"\b(?:lo+l|lmao|rofl|(?:ha){2,}\w*|(?:ja){2,}\w*|(?:je){2,}\w*|jk)\b")
_REPORTED = re.compile(r"(?:fwd?|rv|re|forwarded|reenviad[oa]|dile|diles|digan|digale|tell|avisen?le)\b")
"""Somebody else's words, or words for somebody else."""
_MACHINE = re.compile(
    r"^you have (?:(?:a|an|no|one|\d+) )?(?:(?:new|unread) )*(?:mail|email|messages?|msgs?|notifications?)\b|"
    r"\bno human operator\b|\b(?:im|i am|this is) an? (?:ro)?bot\b|\bsoy un (?:ro)?bot\b|"
    r"\bautomat(?:ed|ic) (?:mail|message|reply|response|system|station)\b|\bauto ?(?:reply|respon\w+)\b|"
    r"^out of office\b|\b(?:do not|dont) reply\b|\bno responda\b|\b(?:mensaje|respuesta) automatic[oa]\b|"
    r"\bit is on the board to undo send\b|^alert bell char\w*"
)
_MENU = re.compile(r"[\[(][A-Za-z0-9]{1,2}[\])]\s?[.:-]?\s?\w")
_READING = re.compile(
    r"\d+(?:[.,]\d+)? ?(?:°|%|(?:deg|mph|kph|km/h|m/s|hpa|mb|inhg|dbm?|[fc]|hops?)\b)|\b(?:snr|rssi)\b",
    re.IGNORECASE,
)
_TEST_WORDS = word_set(
    "ping pong test testing tst probando prueba radio check ack cq qsl qrz beep hello mic 73 copy over de"
)
_TEST_FIRST = word_set("ping pong test testing tst probando prueba radio ack cq qsl qrz beep 73")
_THANKING = re.compile(
    r"(?:god )?(?:thank\w*|thx|tnx|grax|gracias|muchas gracias|mil gracias|bless|dios|mesi|merci)\b"
)
_FEW_WORDS = 3
_LONGEST_THANKS = 8  # words; whoever goes on says something else too


@dataclass(frozen=True, slots=True)
class _Sentence:
    """What a line says whatever the grammar makes of it."""

    line: str
    phrase: str
    """Folded: no capitals, accents, apostrophes or marks, harmless turns of speech left out."""

    @property
    def is_afflicted(self) -> bool:
        return bool(_AFFLICTION.search(self.phrase))

    @property
    def is_trouble(self) -> bool:
        return self.is_afflicted or bool(_NEGATION.search(self.phrase))

    @property
    def is_doubtful(self) -> bool:
        return bool(_JOKE.search(self.phrase) or _REPORTED.match(self.phrase))

    @property
    def lacks_something(self) -> bool:
        things = _LACKS_A_THING.findall(self.phrase)
        return bool(_LACK.search(self.phrase)) or any(
            is_category(word) for few in things for word in few.split()
        )

    @property
    def refuses(self) -> bool:
        """Say whether it denies something in a whole sentence, and does not ask to be shown anything."""
        words = self.phrase.split()
        is_command = VERB_OF.get(words[0]) is Verb.SHOW if words else True
        holds_on = self.is_question or _HOLDS_ON.search(self.phrase)
        return bool(_NEGATION.search(self.phrase)) and not is_command and not holds_on

    @property
    def is_question(self) -> bool:
        return self.line.endswith("?")

    def need(self) -> Publish:
        """Return it as a need; urgent where somebody suffers or lacks what keeps people alive."""
        content = content_of(PostKind.NEED, self.line)
        is_urgent = self.is_afflicted or content.category in _VITAL
        return Publish(content_of(PostKind.NEED, self.line, Urgency.HIGH) if is_urgent else content)


def read(text: str) -> Intent:
    """Return what a message asks for, read back first where that may not be what its words mean."""
    line = " ".join(text.split())
    plain = re.sub(r"['’´`]", "", without_accents(line.casefold()))
    phrase = " ".join(re.findall(r"\w+", plain))
    sentence = _Sentence(line, " ".join(_HARMLESS.sub(" ", phrase).split()))
    intent = parse(line)
    if not sentence.is_afflicted and _is_from_a_machine(line, phrase, intent):
        return Noise()
    code = code_in(line)
    return _about_a_post(sentence, intent, code) if code else _about_none(sentence, intent)


def _is_from_a_machine(line: str, phrase: str, intent: Intent) -> bool:
    words = phrase.split()
    is_test = bool(words) and words[0] in _TEST_FIRST and all(w in _TEST_WORDS or w.isdigit() for w in words)
    if is_test or _MACHINE.search(phrase) or len(_MENU.findall(line)) > 1:
        return True
    is_guess = isinstance(intent, Unclear) or (
        isinstance(intent, Publish)
        and intent.content.kind is PostKind.OFFER
        and not _SAYS_OFFER.match(phrase)
    )
    return is_guess and len(_READING.findall(line)) > 1


def _about_a_post(said: _Sentence, intent: Intent, code: str) -> Intent:
    gives_up = _GIVES_UP.search(said.phrase) and not _HOLDS_ON.search(said.phrase) and not said.is_question
    match intent:
        case Take() if gives_up:
            return ReadBack(Show(code), code)
        case Take() if said.is_trouble or said.is_doubtful:
            return ReadBack(intent, code)
        case Done() if _NEGATION.search(said.phrase) or said.is_doubtful:
            return ReadBack(intent)
        case Cancel() | Drop() if said.is_doubtful:
            return ReadBack(intent, code)
        case Publish() if gives_up:
            return ReadBack(intent if intent.content.kind is PostKind.NEED else Show(code), code)
        case Publish() if intent.content.kind is PostKind.OFFER and said.is_trouble:
            return Show(code) if said.is_question else ReadBack(said.need(), code)
        case Show() | Unclear() if gives_up or (isinstance(intent, Show) and said.refuses):
            return ReadBack(said.need() if said.is_afflicted else Show(code), code)
        case Unclear() if said.is_afflicted:
            return ReadBack(said.need(), code)
        case _:
            return intent


def _about_none(said: _Sentence, intent: Intent) -> Intent:
    match intent:
        case Publish() if intent.content.kind is PostKind.OFFER:
            return _offer(said, intent)
        case Publish() if intent.content.kind is PostKind.NEED and _NOT_NEEDED.search(said.phrase):
            return WhichOne(Verb.CANCEL)
        case Publish() if said.is_doubtful:
            return ReadBack(intent)
        case Unclear() | ListPosts() | Help() | WhichOne() if not _is_plain_command(said, intent):
            return _trouble(said, intent)
        case _:
            return intent


def _offer(said: _Sentence, offer: Publish) -> Intent:
    if _SAYS_OFFER.match(said.phrase):
        return ReadBack(offer) if said.is_trouble or said.is_doubtful else offer
    if said.is_trouble:
        asked = _INVERTED.match(said.phrase)
        return ReadBack(said.need()) if said.is_afflicted or not asked else _question(said)
    if _INVERTED.match(said.phrase):
        return _question(said)
    return ReadBack(offer) if said.is_question or said.is_doubtful else offer


def _question(said: _Sentence) -> Intent:
    """Read `can i get a ride` back as a need, and list for `have you got water`."""
    inverted = _INVERTED.match(said.phrase)
    if inverted and inverted["getting"]:
        return ReadBack(Publish(content_of(PostKind.NEED, said.line)))
    return ListPosts(category_of(said.phrase.split()))


def _is_plain_command(said: _Sentence, intent: Intent) -> bool:
    """Say whether it is no more than `list medical`, `hambre` or `done`: few words, none of trouble."""
    count = len(said.phrase.split())
    return not isinstance(intent, Unclear) and (count <= 1 or (count <= _FEW_WORDS and not said.is_trouble))


def _trouble(said: _Sentence, intent: Intent) -> Intent:
    if said.is_afflicted:
        return ReadBack(said.need())
    if _NOT_NEEDED.search(said.phrase):
        return WhichOne(Verb.CANCEL)
    if said.lacks_something and not said.is_question and not isinstance(intent, Help | WhichOne):
        return ReadBack(said.need())
    is_thanks = _THANKING.match(said.phrase) and len(said.phrase.split()) <= _LONGEST_THANKS
    return Thanks() if isinstance(intent, Unclear) and is_thanks else intent
