"""Guard: what a message says that stands above the act it seems to ask for.

Only plain commands, plain needs and words that offer are done at once. All else that was understood as an act
is read back and done once its sender says yes; so is what was not understood and holds a no, a suffering or a
cry. Machines get nothing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from meshboard.domain.categories import category_of
from meshboard.domain.ids import normal_code
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
    Note,
    Publish,
    ReadBack,
    Show,
    Take,
    Thanks,
    Unclear,
    Verb,
    WhichOne,
)
from meshboard.handheld.phrases import PLEASE
from meshboard.handheld.posting import content_of
from meshboard.handheld.vocabulary import HELP_WORDS, KIND_OF, POLITE, TIME_UNITS, UNIT_OF, VERB_OF


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
    r"nobody nowhere hardly few empty only barely pocos? pocas? vacio "
    r"never neither nor without w_o out_of outta outa zero lost gone missing "
    r"sin nada nadie ningun\w* nunca tampoco perd(?:i|io|imos|ido) (?:acab|agot)(?:o|aron|ado|ada)"
)
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
_CRY = _words(
    r"911 send_help help_(?:me|us|now) got_shot medics? ambulan\w+ (?:hurry|urgent\w*|urge) fuego fire sos "
    r"stranded leak\w* fuga rompi_fuente (?:give|giving)_birth dando_a_luz missing desaparec\w+"
)
_SELF_HARM = re.compile(
    r"\b(?:(?:want|wanna|need|going|gonna) (?:to )?(?:die|end it)|kill(?:ing)? myself|end my life|"
    r"suicid\w*|(?:no (?:quiero|queremos) (?:vivir|seguir viviendo))|"
    r"(?P<es>(?:quiero|necesito|deseo) morir(?:me)?|matarme|quitarme la vida))\b"
)
_NOT_NEEDED = _words(
    r"(?:dont|dnt|do_not|donot|doesnt|no_longer)_(?:\w+_)?need\w* needs?_(?:no_more|nothing|none) "
    r"(?:ya_)?no_(?:necesit|ocup)\w+ ya_no_hace\w*_falta"
)
_GIVES_UP = _words(
    rf"{_CANNOT} back(?:ed|ing)?_out bail\w* no_longer any_?more ya_no renunci\w+ "
    r"(?:need|have|has|got)_to_(?:drop|release|cancel) giv(?:e|ing)_(?:it_)?(?:back|up) "
    r"not_(?:gonna|going_to|able_to) no_(?:puedo|podemos|podre\w*|llego|alcanzo|voy_a)\w*"
)
_TAKES_DOWN = _words(
    r"forget olvid\w+ never_?mind nvm take_(?:\w+_){1,3}(?:down|off) dar?_de_baja baj(?:a|en|ar)lo "
    r"need_to_cancel found_(?:one|some|it|another) (?:consegui|encontr)\w+ changed_my_mind"
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
_SAYS_OFFER = re.compile(
    r"(?:(?:i|we|yo|nosotros|urgent|urgente) )*(?:offer\w*|ofre[cz]\w*|oferta\w*|free|"
    r"giving (?:away|out)|spare|extra|can give|"
    r"(?:puedo|podemos) dar|regal(?:o|amos)|d(?:oy|amos)(?! a luz)|prest(?:o|amos)|(?:me |nos )?sobran?)\b"
)
_JOKE = re.compile(r"\b(?:lo+l|lmao|rofl|(?:ha){2,}\w*|(?:ja){2,}\w*|(?:je){2,}\w*|jk)\b")
_REPORTED = re.compile(r"(?:fwd?|rv|re|forwarded|reenviad[oa]|dile|diles|digan|digale|tell|avisen?le)\b")
"""Somebody else's words, or words for somebody else."""
_MACHINE = re.compile(
    r"\byou have (?:(?:a|an|no|one|\d+) )?(?:(?:new|unread) )*(?:e?mail|messages?|msgs?|notifications?)\b|"
    r"\bno human operator\b|\b(?:im|i am|this is) an? (?:ro)?bot\b|\bsoy un (?:ro)?bot\b|"
    r"\bautomat(?:ed|ic) (?:mail|message|reply|response|system|station)\b|\bauto ?(?:reply|respon\w+)\b|"
    r"\bout of office\b|^unknown command\b|^nws\b|"
    r"\b(?:do not|dont) reply\b|\bno responda\b|\b(?:mensaje|respuesta) automatic[oa]\b|"
    r"\bit is on the board to undo send\b|^alert bell char\w*"
)
_MENU = re.compile(r"[\[(][A-Za-z0-9]{1,2}[\])]\s?[.:-]?\s?\w")
_READING = re.compile(
    r"\d+(?:[.,]\d+)? ?(?:°|%|(?:deg|mph|kph|km/h|m/s|hpa|mb|inhg|dbm?|[fc]|hops?)\b)|\b(?:snr|rssi)\b",
    re.IGNORECASE,
)
_TEST = re.compile(
    r"(?:r(?:adio|ange) (?:test|check)|ping|pong|test(?! kit)(?:ing)?|tst|seq|probando|prueba|ack|cq|"
    r"q[sr][lz]|73)\b"
)
_LONGEST_TEST = 6  # words; `testing from the hill`
_STATION = re.compile(r"(?:weather|wx|battery|telemetry|sensor)\b[^:]*:")
_THANKING = re.compile(
    r"(?:god )?(?:thank\w*|thx|tnx|grax|gracias|muchas gracias|mil gracias|bless|dios|mesi|merci)\b"
)
_FEW_WORDS = 3
_LONGEST_THANKS = 8  # words; whoever goes on says something else too
_UNIT = "|".join(sorted(map(re.escape, UNIT_OF)))
_TIME = "|".join(sorted(map(re.escape, TIME_UNITS)))
_CODE = "CODE"  # in capitals, as no folded word is
_COURTESIES = POLITE - {"you"} | {"por", "x"}
_VERB: dict[type[Intent], Verb] = {Take: Verb.TAKE, Done: Verb.DONE, Drop: Verb.DROP, Cancel: Verb.CANCEL}
_STRICT = re.compile(
    rf"(?:(?:i|we|ill|i will|we will|yo|nosotros|im|we are) )?(?:CODE (?:(?:post|mine|yours) )?VERB|VERB "
    rf"(?:(?:all|\d+(?: \d+)?)(?: (?:{_UNIT}))? (?:(?:of|de|for) )?)?(?:(?:post|the|el|la) )?CODE)"
    rf"(?: (?:all|todo|\d+(?: \d+)?)(?: (?:{_UNIT}))?)?"
    rf"(?: (?:by|at|before|a las|para las|antes de las) "
    rf"(?:\d+(?: \d+)?(?: ?(?:{_TIME}))?|noon|tonight|tomorrow))?"
)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """What a line says whatever the grammar makes of it."""

    line: str
    phrase: str
    """Folded: no capitals, accents, apostrophes or marks, harmless turns of speech left out."""

    @property
    def is_afflicted(self) -> bool:
        return bool(_AFFLICTION.search(self.phrase) or _CRY.search(self.phrase))

    @property
    def is_negated(self) -> bool:
        return bool(_NEGATION.search(self.phrase))

    @property
    def is_trouble(self) -> bool:
        return self.is_afflicted or self.is_negated

    @property
    def asks_for_something(self) -> bool:
        return any(KIND_OF.get(word) is PostKind.NEED for word in self.phrase.split())

    @property
    def is_doubtful(self) -> bool:
        return bool(_JOKE.search(self.phrase) or _REPORTED.match(self.phrase))

    @property
    def is_question(self) -> bool:
        return self.line.endswith("?")

    @property
    def gives_up(self) -> bool:
        return self.takes_down or bool(_GIVES_UP.search(self.phrase))

    @property
    def takes_down(self) -> bool:
        return bool(_TAKES_DOWN.search(self.phrase) or _NOT_NEEDED.search(self.phrase))

    def is_plain(self, verb: Verb, code: str) -> bool:
        """Say whether it is the verb and the code, and nothing but what belongs to them."""
        if "?" in self.line or self.is_trouble:
            return False
        spellings = (code.casefold(), normal_code(code))
        marked = [
            _CODE if word in spellings or normal_code(word) == code else word for word in self.phrase.split()
        ]
        # `you take K7Q2` is an order, and no courtesy
        typed = [
            word for word in " ".join(marked).replace("thank you", "").split() if word not in _COURTESIES
        ]
        verbs = [word for word in typed if VERB_OF.get(word) is verb]
        spoken = " ".join("VERB" if word in verbs[:1] else word for word in typed)
        return bool(_STRICT.fullmatch(spoken))

    def need(self, *, is_urgent: bool = False) -> Publish:
        """Return it as a need; urgent where somebody suffers or lacks what keeps people alive."""
        content = content_of(PostKind.NEED, self.line)
        is_urgent = is_urgent or self.is_afflicted or content.category in _VITAL
        return Publish(content_of(PostKind.NEED, self.line, Urgency.HIGH) if is_urgent else content)

    def names_a_gift(self, offer: Publish) -> bool:
        """Say whether an offer calls itself one, or is of a thing that the board knows and is no ailment."""
        is_labelled = any(KIND_OF.get(word) is PostKind.OFFER for word in self.phrase.split())
        return is_labelled or offer.content.category not in (Category.OTHER, Category.MEDICAL)

    def says_what(self, post: Publish) -> bool:
        """Say whether a post names its kind or a thing that the board knows: `anyone there?` does neither."""
        is_labelled = any(word in KIND_OF or word in HELP_WORDS for word in self.phrase.split())
        return (
            is_labelled
            or post.content.category is not Category.OTHER
            or post.content.kind is not PostKind.NEED
        )


def read(text: str, is_on_board: Callable[[str], bool] | None = None) -> Intent:
    """Return what a message asks for, read back first where that may not be what its words mean."""
    line = " ".join(text.split())
    plain = re.sub(r"['’´`]", "", without_accents(line.casefold()))
    phrase = " ".join(re.findall(r"\w+", plain))
    sentence = _Sentence(line, " ".join(_HARMLESS.sub(" ", phrase).split()))
    if wish := _SELF_HARM.search(phrase):
        return ReadBack(_company(is_spanish=bool(wish["es"])))
    intent = parse(line, is_on_board)
    is_cry = sentence.is_afflicted and not _MACHINE.match(phrase)
    if not is_cry and _is_from_a_machine(sentence, phrase, intent):
        return Noise()
    code = code_in(line, is_on_board)
    return _about_a_post(sentence, intent, code) if code else _about_none(sentence, intent)


def _company(*, is_spanish: bool) -> Publish:
    """Return the need of somebody who wants to die: nobody is shown the words themselves."""
    words = (
        "ayuda y compañía, alguien con quien hablar"
        if is_spanish
        else "help and company, somebody to talk to"
    )
    return Publish(content_of(PostKind.NEED, words, Urgency.HIGH))


def _is_from_a_machine(said: _Sentence, phrase: str, intent: Intent) -> bool:
    line = said.line
    words = phrase.split()
    is_test = len(words) <= _LONGEST_TEST and category_of(_TEST.sub("", phrase).split()) is None
    if is_test and _TEST.match(phrase) and not (said.is_trouble or said.asks_for_something):
        return True
    if _MACHINE.search(phrase) or len(_MENU.findall(line)) > 1:
        return True
    if _STATION.match(line.casefold()) and _READING.search(line):
        return True
    is_guess = isinstance(intent, Unclear) or (
        isinstance(intent, Publish)
        and intent.content.kind is PostKind.OFFER
        and not _SAYS_OFFER.match(phrase)
    )
    return is_guess and len(_READING.findall(line)) > 1


def _is_a_post(intent: Intent) -> bool:
    return isinstance(intent, Publish) and intent.content.kind is not PostKind.OFFER


def _about_a_post(said: _Sentence, intent: Intent, code: str) -> Intent:
    match intent:
        case Note() | Show() if VERB_OF.get(said.phrase.split()[0]) in (Verb.NOTE, Verb.SHOW):
            return intent
        case Take() | Done() | Drop() | Cancel() if said.is_plain(_VERB[type(intent)], code):
            return intent
        case Publish() if _is_a_post(intent) and not said.gives_up:
            return _about_none(said, intent)
    if said.is_afflicted:
        return ReadBack(said.need(), code)
    if said.is_question or _HOLDS_ON.search(said.phrase):
        return Show(code)
    return _act_asked_about(said, intent, code)


def _act_asked_about(said: _Sentence, intent: Intent, code: str) -> Intent:
    """Return the question about an act in other than plain words, in the reading that does least harm."""
    is_drop_off = isinstance(intent, Drop) and re.search(
        r"\boff\b|\d", said.phrase.replace(code.casefold(), "")
    )
    if is_drop_off and not said.is_negated:
        return ReadBack(Show(code), code)
    if said.takes_down or (isinstance(intent, Cancel) and not said.is_negated):
        return ReadBack(Cancel(code), code)
    if said.gives_up:
        return ReadBack(Drop(code), code, said.need())
    if said.is_negated and not isinstance(intent, Publish):
        return ReadBack(intent if isinstance(intent, Take) else Show(code), code, said.need())
    match intent:
        case Take() | Done() | Drop():
            return ReadBack(intent, code)
        case Publish():
            return _about_none(said, intent)
        case Unclear():
            return ReadBack(Show(code), code, said.need())
        case _:
            return intent


def _about_none(said: _Sentence, intent: Intent) -> Intent:
    match intent:
        case Publish() if intent.content.kind is PostKind.OFFER:
            return _offer(said, intent)
        case Publish() if intent.content.kind is PostKind.NEED and _NOT_NEEDED.search(said.phrase):
            return WhichOne(Verb.CANCEL)
        case Publish() if said.is_doubtful or not said.says_what(intent):
            return ReadBack(intent)
        case Unclear() | ListPosts() | Help() | WhichOne() if not _is_plain_command(said, intent):
            return _trouble(said, intent)
        case _:
            return intent


def _offer(said: _Sentence, offer: Publish) -> Intent:
    """Post at once only what begins with a word that offers, names a thing, and says nothing against it."""
    is_doubtful = said.is_trouble or said.is_doubtful or said.is_question or said.asks_for_something
    if _SAYS_OFFER.match(said.phrase):
        is_plain = not is_doubtful and said.names_a_gift(offer)
        return offer if is_plain else _offer_or_need(said, offer)
    if _INVERTED.match(said.phrase) and not said.is_afflicted:
        return _question(said)
    return _offer_or_need(said, offer)


def _offer_or_need(said: _Sentence, offer: Publish) -> ReadBack:
    """Ask which it is, first the kind that a mere yes posts: an offer only where it names a thing to give, or
    calls itself one. `i have a snake bite` names none."""
    is_labelled = any(KIND_OF.get(word) is PostKind.OFFER for word in said.phrase.split())
    is_gift = said.names_a_gift(offer) and (is_labelled or not said.is_trouble)
    if is_gift and not said.asks_for_something:
        return ReadBack(offer, otherwise=said.need())
    return ReadBack(said.need(), otherwise=offer)


def _question(said: _Sentence) -> Intent:
    """Read `can i get a ride` back as a need, and list for `have you got water`."""
    inverted = _INVERTED.match(said.phrase)
    if inverted and inverted["getting"]:
        return ReadBack(Publish(content_of(PostKind.NEED, said.line)))
    return ListPosts(category_of(said.phrase.split()))


def _is_plain_command(said: _Sentence, intent: Intent) -> bool:
    """Say whether it is no more than `list medical`, `hambre` or `done`: few words, none of trouble."""
    if isinstance(intent, Help) and ("!" in said.line or PLEASE.search(said.line)):
        return False
    count = len(said.phrase.split())
    return not isinstance(intent, Unclear) and (count <= 1 or (count <= _FEW_WORDS and not said.is_trouble))


def _trouble(said: _Sentence, intent: Intent) -> Intent:
    is_cry = isinstance(intent, Help) and ("!" in said.line or PLEASE.search(said.line))
    if said.is_afflicted or is_cry:
        return ReadBack(said.need(is_urgent=True))
    if _NOT_NEEDED.search(said.phrase):
        return WhichOne(Verb.CANCEL)
    if (
        isinstance(intent, Unclear)
        and _THANKING.match(said.phrase)
        and len(said.phrase.split()) <= _LONGEST_THANKS
    ):
        return Thanks()
    if isinstance(intent, Unclear) and said.is_negated:
        return ReadBack(said.need(is_urgent=True))
    if said.asks_for_something and isinstance(intent, Unclear):
        return ReadBack(said.need())
    if said.is_negated and not said.is_question and not isinstance(intent, Help | WhichOne):
        return ReadBack(said.need())
    return intent
