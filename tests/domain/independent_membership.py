"""Who counts and which epoch holds, from docs/protocol.md, section 3, alone, without a thought for speed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from meshboard.domain.circle_facts import (
    AuthorVouched,
    CircleFounded,
    EpochBegun,
    InviteClosed,
    InviteMade,
    StationIntroduced,
    StationJoined,
    VouchWithdrawn,
)
from meshboard.domain.entries import Entry

Place = tuple[int, int]
KINDS = (
    CircleFounded,
    StationIntroduced,
    InviteMade,
    StationJoined,
    InviteClosed,
    AuthorVouched,
    VouchWithdrawn,
    EpochBegun,
)
NONE, JOIN = (0, 0), (0, 2)


class Out(NamedTuple):
    """What a going through knows of an author who is out."""

    reach: Place
    removers: frozenset[bytes]


def place(entry: Entry) -> Place:
    return entry.log.incarnation, entry.number


@dataclass
class Circle:
    """What is read: the facts of each author by place, then digest, and the founder."""

    first_epoch: bytes
    founder: bytes
    facts: dict[bytes, list[Entry]]

    @property
    def all(self) -> list[Entry]:
        return [entry for facts in self.facts.values() for entry in facts]

    def named(self, member: bytes) -> bytes | None:
        return min((one for one in self.facts if one[:8] == member), default=None)

    def in_time(self, made: InviteMade) -> list[bytes]:
        shown = (one for one in self.all if isinstance(one.fact, StationJoined))
        return sorted(
            bytes(one.log.author)
            for one in shown
            if isinstance(one.fact, StationJoined)
            and one.fact.invite == made.invite
            and not (made.expires_at and one.stamp.time_s and one.stamp.time_s > made.expires_at)
        )


@dataclass
class Going:
    """One going through."""

    circle: Circle
    out: dict[bytes, Out] = field(default_factory=dict)
    void: frozenset[bytes] = frozenset()
    came: list[bytes] = field(default_factory=list)
    vouches: list[tuple[bytes, bytes, Place]] = field(default_factory=list)
    forgiven: set[tuple[bytes, bytes]] = field(default_factory=set)
    invites: dict[tuple[bytes, bytes], Entry] = field(default_factory=dict)
    stays: dict[tuple[bytes, bytes], set[bytes]] = field(default_factory=dict)
    taken_back: dict[tuple[bytes, bytes], Place] = field(default_factory=dict)
    noted: list[tuple[bytes, Place]] = field(default_factory=list)
    epochs: dict[bytes, Entry] = field(default_factory=dict)
    last_words: dict[bytes, Entry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ready: list[Entry] = []
        waiting: list[Entry] = []
        self._come_in(self.circle.founder, ready)
        while ready:
            entry = min(ready, key=lambda one: (one.stamp.count, one.digest))
            ready.remove(entry)
            if entry.digest in self.void:
                continue
            out = self.out.get(entry.log.author)
            beyond = out is not None and place(entry) > out.reach
            if isinstance(entry.fact, EpochBegun):
                if not beyond or self._is_last_word(entry, entry.fact):
                    self._begin(entry, entry.fact, ready, waiting, beyond=beyond)
            elif not beyond:
                self._act(entry, ready)
        self._weigh()

    def _come_in(self, author: bytes, ready: list[Entry]) -> None:
        if author not in self.came:
            self.came.append(author)
            ready += self.circle.facts.get(author, [])

    def _line(self, epoch: bytes) -> Iterable[bytes]:
        """Give an epoch and those before it, but the first, as far as they have begun."""
        while epoch in self.epochs:
            yield epoch
            fact = self.epochs[epoch].fact
            assert isinstance(fact, EpochBegun)
            epoch = fact.parent

    def removes(self, epoch: bytes) -> dict[bytes, Place]:
        entry = self.epochs[epoch]
        assert isinstance(entry.fact, EpochBegun)
        itself = entry.log.author[:8]
        return {
            cut.member: (cut.incarnation, cut.number) for cut in entry.fact.removed if cut.member != itself
        }

    def _is_last_word(self, entry: Entry, fact: EpochBegun) -> bool:
        author, out = entry.log.author, self.out[entry.log.author]
        is_told_out = any(author[:8] in self.removes(one) for one in self._line(fact.parent))
        begun = [place(one) for one in self.circle.facts[author] if isinstance(one.fact, EpochBegun)]
        is_first = place(entry) == min(one for one in begun if one > out.reach)
        return bool(out.removers) and not is_told_out and is_first

    def _begin(
        self, entry: Entry, fact: EpochBegun, ready: list[Entry], waiting: list[Entry], *, beyond: bool
    ) -> None:
        if fact.parent != self.circle.first_epoch and fact.parent not in self.epochs:
            waiting.append(entry)
            return
        self.epochs[bytes(entry.id)] = entry
        if beyond:
            self.last_words[entry.log.author] = entry
        for child in [one for one in waiting if getattr(one.fact, "parent", b"") == entry.id]:
            waiting.remove(child)
            ready.append(child)

    def _act(self, entry: Entry, ready: list[Entry]) -> None:
        by = bytes(entry.log.author)
        match entry.fact:
            case AuthorVouched(member=member, after=after):
                if after is not None:
                    self.forgiven.add((member, after))
                author = self.circle.named(member)
                if author is not None:
                    self.vouches.append((by, author, place(entry)))
                    self._come_in(author, ready)
            case InviteMade() as made:
                self.invites.setdefault((made.invite, by), entry)
                for author in self.circle.in_time(made):
                    self._come_in(author, ready)
            case InviteClosed(invite=invite, kept=kept):
                self.stays.setdefault((invite, by), set()).update(kept)
            case VouchWithdrawn(member=member, cuts=cuts):
                self.taken_back[by, member] = max(self.taken_back.get((by, member), NONE), place(entry))
                self.noted += [(cut.member, (cut.incarnation, cut.number)) for cut in cuts]

    def _weigh(self) -> None:
        let_in, witnesses = self._invited()
        vouches = [
            (by, author)
            for by, author, at in self.vouches + let_in
            if self.taken_back.get((by, author[:8]), NONE) <= at
        ]
        self.let_in = {author for _, author, _ in let_in}
        stand, before = {self.circle.founder}, set[bytes]()
        while stand != before:
            before = set(stand)
            stand |= {author for by, author in vouches if by in stand}
        self.stand = stand
        self.removals: dict[bytes, list[tuple[bytes, Place]]] = {}
        for epoch in self.epochs:
            for member, reach in self.removes(epoch).items():
                if (member, epoch) not in self.forgiven:
                    self.removals.setdefault(member, []).append((self.epochs[epoch].log.author, reach))
        self.counts = {one for one in stand if one[:8] not in self.removals}
        self.now_out = {
            one: Out(
                self._reach(one, witnesses),
                frozenset(by for by, _ in self.removals.get(one[:8], [])),
            )
            for one in self.came
            if one not in self.counts
        }

    def _invited(self) -> tuple[list[tuple[bytes, bytes, Place]], set[bytes]]:
        let_in, witnesses = [], set[bytes]()
        for (invite, maker), entry in self.invites.items():
            assert isinstance(entry.fact, InviteMade)
            shown = sorted(set(self.circle.in_time(entry.fact)))
            if (invite, maker) in self.stays:
                kept = self.stays[invite, maker]
                chosen = [one for one in shown if one[:8] in kept]
            elif maker in self.out:
                removers = self.out[maker].removers
                kept = set().union(*(self.stays.get((invite, one), set()) for one in removers))
                chosen = [one for one in shown if one[:8] in kept]
            elif not entry.fact.uses or len(shown) <= entry.fact.uses:
                chosen = shown
            else:
                chosen = []
                witnesses |= set(shown[: entry.fact.uses + 1])
            let_in += [(maker, one, place(entry)) for one in chosen]
        return let_in, witnesses

    def _reach(self, author: bytes, witnesses: set[bytes]) -> Place:
        reaches = [NONE]
        if author[:8] in self.removals:
            reaches.append(min(reach for _, reach in self.removals[author[:8]]))
        elif author not in self.stand:
            reaches += [reach for member, reach in self.noted if member == author[:8]]
        last = self.last_words.get(author)
        if author in witnesses or (last is not None and place(last) > JOIN):
            reaches.append(JOIN)
        return max(reaches)

    def reach_of(self, author: bytes) -> Place:
        """Return how far an author counts who does not count."""
        return self.now_out[author].reach if author in self.now_out else NONE

    def epoch_that_holds(self) -> bytes:
        held = self.circle.first_epoch
        while True:
            children = [one for one in self.epochs.values() if getattr(one.fact, "parent", b"") == held]
            if not children:
                return held
            held = bytes(min(children, key=lambda one: one.digest).id)

    def is_epoch_due(self) -> bool:
        line = list(self._line(self.epoch_that_holds()))
        return any(not any(member in self.removes(one) for one in line) for member in self.removals)


def membership_by_the_document(first_epoch: bytes, founder: bytes, entries: Iterable[Entry]) -> Going:
    """Return the going through that came to rest."""
    facts: dict[bytes, list[Entry]] = {}
    for entry in {one.digest: one for one in entries}.values():
        is_late = isinstance(entry.fact, StationJoined) and place(entry) != JOIN
        if isinstance(entry.fact, KINDS) and not is_late:
            facts.setdefault(bytes(entry.log.author), []).append(entry)
    read = {
        author: sorted(found, key=lambda one: (place(one), one.digest))[:2048]
        for author, found in facts.items()
    }
    circle, void = Circle(first_epoch, founder, read), frozenset[bytes]()
    while True:
        goings = [Going(circle, {}, void)]
        while len(goings) < 32 and not _rests(goings) and not _returns(goings):
            goings.append(Going(circle, goings[-1].now_out, void))
        if _rests(goings):
            return goings[-1]
        void |= _void_besides(circle, goings, void)


def _rests(goings: list[Going]) -> bool:
    return goings[-1].now_out == goings[-1].out


def _returns(goings: list[Going]) -> bool:
    return goings[-1].now_out in [one.out for one in goings]


def _void_besides(circle: Circle, goings: list[Going], void: frozenset[bytes]) -> frozenset[bytes]:
    stood = [one.stand & circle.facts.keys() for one in goings]
    torn = set().union(*(one.now_out for one in goings)) | (
        set().union(*stood) - stood[0].intersection(*stood)
    )
    acts = [
        entry
        for author in sorted(torn)
        for entry in circle.facts[author]
        if isinstance(entry.fact, (EpochBegun, InviteClosed)) and entry.digest not in void
    ]
    all_acts = frozenset(one.digest for one in acts)
    before = Going(circle, {}, void | all_acts).stand & torn
    harmful = frozenset(one.digest for one in acts[:64] if _harms(circle, one, void | all_acts, before))
    return harmful or all_acts or frozenset(one.digest for one in circle.all)


def _harms(circle: Circle, act: Entry, void: frozenset[bytes], stood: set[bytes]) -> bool:
    if isinstance(act.fact, EpochBegun):
        cuts = {circle.named(cut.member): (cut.incarnation, cut.number) for cut in act.fact.removed}
        out = {author: Out(reach, frozenset()) for author, reach in cuts.items() if author is not None}
        return bool(stood - out.keys() - Going(circle, out, void).stand)
    tried = Going(circle, {}, void - {act.digest})
    shown = {bytes(one.log.author) for one in circle.all if isinstance(one.fact, StationJoined)}
    return bool(stood - (shown - tried.let_in) - tried.stand)
