"""Compute a circle's membership from its entries: a pure function of the set, whatever order they came in.

Facts act in the order of their stamps, each as soon as its author is vouched for. What an author who is out
wrote beyond its reach must not act, which is known only at the end: so the facts are gone through again until
it is the same people who are out.

Facts that would undo the vouches their own author stands by would never come to rest: they are not heeded.
So whatever decides is by somebody who counts, and everybody who holds what counts decides the same.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Set

from meshboard.domain.circle_facts import CircleFounded, EpochBegun, InviteClosed, StationJoined, TrustFact
from meshboard.domain.entries import Entry
from meshboard.domain.ids import AuthorId, CircleId, member_key
from meshboard.domain.membership import Membership, Reach
from meshboard.domain.people import ActorKind
from meshboard.domain.vouch_facts import JOIN_PLACE, Facts, Known, Out, place_of
from meshboard.domain.vouch_round import Round
from meshboard.figures import MAX_ROUNDS, MAX_TRIALS, MAX_TRUST_FACTS


def membership(
    circle: CircleId, is_founder: Callable[[AuthorId], bool], entries: Iterable[Entry]
) -> Membership:
    """Return who counts and which key holds.

    `is_founder` says whether a key is the one the circle's id was made with. Facts that are not about the
    circle are passed over. StationJoined is believed: its proof is checked with its signature.
    """
    acting = _acting_facts(entries)
    facts = Facts(circle, acting, _founding(acting, is_founder))
    void: frozenset[bytes] = frozenset()
    while True:
        settled, torn = _settle(facts, void)
        if settled is not None:
            return settled.membership()
        void |= _self_defeating(facts, torn, void)


def _settle(facts: Facts, void: frozenset[bytes]) -> tuple[Round | None, frozenset[AuthorId]]:
    """Go through the facts until the same are out as before.

    Where that does not come, return None and those who are out or vouched for only every other time: what
    they wrote undoes itself by undoing the vouches it stands by.
    """
    seen: list[dict[AuthorId, Out]] = [{}]
    standing: list[set[AuthorId]] = []
    while len(seen) <= MAX_ROUNDS:
        told = Round(facts, Known(seen[-1], void))
        found = told.out()
        standing.append({author for author in facts.by_author if told.stands(author)})
        if found == seen[-1]:
            return told, frozenset()
        if found in seen:
            break
        seen.append(found)
    wavering = {
        author for some in standing for author in some if any(author not in other for other in standing)
    }
    return None, frozenset(wavering).union(*seen)


def _self_defeating(facts: Facts, torn: frozenset[AuthorId], void: frozenset[bytes]) -> frozenset[bytes]:
    """Return what is not to be heeded, so that the rest comes to rest: removals and closings by the torn.

    Those that by themselves cut off vouches the torn stand by, beyond whom they name; failing that all; and
    last everything of theirs, which leaves nothing that could undo anything.
    """
    acts = [
        entry
        for author in sorted(torn)
        for entry in facts.by_author[author]
        if entry.digest not in void and isinstance(entry.fact, (EpochBegun, InviteClosed))
    ]
    others = frozenset(entry.digest for entry in acts)
    trials = _Trials(facts, torn, void | others)
    harmful = frozenset(entry.digest for entry in acts[:MAX_TRIALS] if trials.cuts_off_others(entry))
    if harmful or others:
        return harmful or others
    return frozenset(entry.digest for entries in facts.by_author.values() for entry in entries) - void


class _Trials:
    """Removals and closings taken alone, to see whom each brings down; those of one effect are tried once.

    So a liar gains nothing by a thousand removals of the same people.
    """

    def __init__(self, facts: Facts, torn: frozenset[AuthorId], void: frozenset[bytes]) -> None:
        self._facts = facts
        self._void = void
        self._by_key = {member_key(author): author for author in sorted(facts.by_author, reverse=True)}
        before = Round(facts, Known(void=void))
        self._stood = frozenset(author for author in torn if before.stands(author))
        self._found: dict[object, bool] = {}

    def cuts_off_others(self, entry: Entry) -> bool:
        """Say whether one removal or closing brings down somebody torn whom it does not name."""
        if not isinstance(entry.fact, EpochBegun):
            told = Round(self._facts, Known(void=self._void - {entry.digest}))
            return self._falls_beyond(told.turned_away(), told)
        cuts = {
            self._by_key[cut.member]: (cut.incarnation, cut.number)
            for cut in entry.fact.removed
            if cut.member in self._by_key
        }
        effect = frozenset((author, self._acting_within(author, reach)) for author, reach in cuts.items())
        if effect not in self._found:
            out = {author: Out(reach, frozenset()) for author, reach in cuts.items()}
            told = Round(self._facts, Known(out, self._void))
            self._found[effect] = self._falls_beyond(set(cuts), told)
        return self._found[effect]

    def _acting_within(self, author: AuthorId, reach: Reach) -> int:
        return sum(place_of(entry) <= reach for entry in self._facts.by_author[author])

    def _falls_beyond(self, named: Set[AuthorId], told: Round) -> bool:
        return any(not told.stands(author) for author in self._stood - named)


def _acting_facts(entries: Iterable[Entry]) -> dict[AuthorId, list[Entry]]:
    """Return the facts about the circle by author, of each the first by number, each entry once."""
    found: dict[AuthorId, dict[bytes, Entry]] = defaultdict(dict)
    for entry in entries:
        is_late = isinstance(entry.fact, StationJoined) and place_of(entry) != JOIN_PLACE
        if isinstance(entry.fact, TrustFact) and entry.actor.kind is ActorKind.MEMBER and not is_late:
            found[entry.log.author][entry.digest] = entry
    return {
        author: sorted(by_digest.values(), key=lambda entry: (place_of(entry), entry.digest))[
            :MAX_TRUST_FACTS
        ]
        for author, by_digest in found.items()
    }


def _founding(facts: Mapping[AuthorId, list[Entry]], is_founder: Callable[[AuthorId], bool]) -> Entry | None:
    foundings = (
        entry
        for author, entries in facts.items()
        for entry in entries
        if isinstance(entry.fact, CircleFounded) and place_of(entry) == (0, 1) and is_founder(author)
    )
    return min(foundings, key=lambda entry: entry.digest, default=None)
