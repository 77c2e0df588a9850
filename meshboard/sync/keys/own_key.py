"""Ask for the key that is lacking here: when to say HELLO, and which of the keys that are given to take."""

from collections.abc import Sequence
from dataclasses import replace

from meshboard.domain.circle_facts import InviteMade, StationJoined
from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.ids import AuthorId, InviteId
from meshboard.errors import TrustError
from meshboard.figures import FEW_STATIONS, KEYS_TAKEN_HOURLY, SPACING
from meshboard.link import NodeNumber
from meshboard.sync.air.answer_limits import AnswerLimit
from meshboard.sync.air.governor import Grade
from meshboard.sync.company.counters import LARGEST_COUNTER, Counters
from meshboard.sync.entries.repair import Repairs
from meshboard.sync.events import EpochKeyReceived, FrameRejected, FrameUse, RejectReason
from meshboard.sync.keys.epoch_change import DoorWord, recipients_of_a_frame
from meshboard.sync.keys.hello import HelloPlan
from meshboard.sync.keys.known_epochs import KnownEpochs
from meshboard.sync.setup import EngineSetup
from meshboard.trust.key_ring import EpochKey
from meshboard.wire.frames import Hello, Keys, Speaker

JOINED_AT = 2  # the number of the entry by which a newcomer shows its invite


class Newcomer:
    """What this station says while it knows nobody: who it is, until somebody shows that they count.

    Its code may be of an epoch that is over.
    """

    def __init__(self, setup: EngineSetup, epochs: KnownEpochs, repairs: Repairs, hello: HelloPlan) -> None:
        self._own = setup.author
        self._store = setup.store
        self._epochs = epochs
        self._knock_waits = setup.timings.hello_waits
        self._repairs = repairs
        self._hello = hello

    def knock(self, now_s: float) -> None:
        """Plan a HELLO where nobody is known: it is heard also by those whose frames do not open here."""
        if self._epochs.is_nobody_known:
            self._hello.want(now_s + self._knock_waits.first_s)

    def introduce_again(self, hops: int, now_s: float) -> None:
        """Say again who this is where nobody is known: nobody may know it either."""
        if self._epochs.is_nobody_known:
            self._repairs.give_these(self._introduction(), hops, now_s)

    def is_invite_unknown(self) -> bool:
        """Say whether it is not known here yet who made the invite that this station came by."""
        facts = [one.entry.fact for one in self._introduction()]
        shown = {fact.invite for fact in facts if isinstance(fact, StationJoined)}
        return bool(shown) and not shown <= self._invites_made()

    def _introduction(self) -> Sequence[SignedEntry]:
        return self._store.entries(LogId(self._own), 1, JOINED_AT)

    def _invites_made(self) -> set[InviteId]:
        facts = [one.entry.fact for one in self._epochs.facts()]
        return {fact.invite for fact in facts if isinstance(fact, InviteMade)}


class OwnKey:
    """Asks for this station's own key, and takes it from whoever counts."""

    def __init__(self, setup: EngineSetup, epochs: KnownEpochs, repairs: Repairs, now_s: float) -> None:
        self._epochs = epochs
        self._head = setup.head
        self._config = setup.config
        self._hello = HelloPlan(setup.timings, setup.chance)
        self._newcomer = Newcomer(setup, epochs, repairs, self._hello)
        self._taken = AnswerLimit(KEYS_TAKEN_HOURLY)
        self.ask_if_mute(now_s)
        self._newcomer.knock(now_s)

    @property
    def is_asking(self) -> bool:
        """Say whether a key was asked for in vain so far."""
        return self._hello.is_asking

    def ask_if_mute(self, now_s: float) -> None:
        """Plan to ask where nothing can be sealed and a key may be meant for us."""
        if not self._epochs.may_seal and self._may_count():
            self._hello.want(now_s)

    def ask_after_change(self, now_s: float) -> None:
        """Plan to ask once whoever begins an epoch has had the time to give all members its key."""
        self.ask_if_mute(now_s + self._giving_all_s())

    def ask_anew(self, now_s: float) -> None:
        """Ask as if for the first time, where nothing can be sealed."""
        if not self._epochs.may_seal:
            self._hello.settle()
        self.ask_if_mute(now_s)

    def on_unopened(self, now_s: float) -> None:
        """Note a frame that no key opens: somebody seems to be in an epoch that is not known here."""
        if self._epochs.may_seal or self._may_count():
            self._hello.want(now_s)

    def on_unknown_epoch(self, now_s: float) -> None:
        """Note that a member named an epoch whose key is not held: say HELLO back."""
        self._hello.want(now_s)

    def was_asked_for_by_another(self, now_s: float) -> None:
        """Note that somebody said the HELLO that we would."""
        self._hello.was_said_by_another(now_s)

    def on_keys(
        self, keys: Keys, givers: Sequence[AuthorId], node: NodeNumber, now_s: float
    ) -> EpochKeyReceived | FrameRejected | None:
        """Take in keys that one of these members gives; return the one for us, or why there is none."""
        ours = [wrapped for head, wrapped in keys.wrapped if head == self._head]
        if not givers:
            if ours and self._epochs.find(keys.epoch) is None:
                self.on_unopened(now_s)
            return FrameRejected(RejectReason.KEY_OF_STRANGER, node)
        if not ours:
            if self._epochs.member_count > FEW_STATIONS:
                self._hello.keys_are_given(now_s)
            return None
        for giver in givers:
            for wrapped in ours:
                key = self._unwrapped(keys, giver, wrapped)
                if key is not None:
                    return self._taken_from(giver, key, node, now_s)
        return FrameRejected(RejectReason.KEY_NOT_OURS, node)

    def due(self, now_s: float) -> DoorWord | None:
        """Return the HELLO that may be said now, with the largest counter there is; None when none may."""
        trust, due_at = self._epochs.trust, self._hello.due_at()
        if due_at is None or due_at > now_s:
            return None
        hello = Hello(Speaker(self._head, LARGEST_COUNTER), self._epochs.named)
        return DoorWord(hello, FrameUse.HELLO, Grade.TALK, trust.door, self._config.hop_limit)

    def due_at(self) -> float | None:
        """Return when HELLO may be said, None when it is not planned."""
        return self._hello.due_at()

    def note_said(self, hop_limit: int, now_s: float) -> None:
        """Note that HELLO goes out, to be relayed so often."""
        self._hello.note_said(now_s)
        self.ask_if_mute(now_s)
        self._newcomer.introduce_again(hop_limit, now_s)
        self._newcomer.knock(now_s)

    def say_again(self, now_s: float) -> None:
        """Say HELLO once more: the node refused the frame."""
        self._hello.say_again(now_s)

    def settle(self) -> None:
        """Note that other keys are held now: a later need is a new one."""
        self._hello.settle()

    def note_members(self, now_s: float, *, was_nobody_known: bool) -> None:
        """Take note that others count now."""
        if was_nobody_known and not self._epochs.is_nobody_known:
            self._hello.hurry(now_s)
        if not self._epochs.may_seal and not self._may_count():
            self._hello.settle()

    def _may_count(self) -> bool:
        """Say whether a key may be meant for us: who knows that it was taken out does not ask."""
        return self._epochs.is_own_known or self._newcomer.is_invite_unknown()

    def _giving_all_s(self) -> float:
        """Return how long whoever begins an epoch takes to give all members its key: ours is among them."""
        config, members = self._config, self._epochs.member_count
        if members <= FEW_STATIONS:
            return 0.0
        frames = -(-members // recipients_of_a_frame(config.max_frame_bytes))
        timings = config.timings
        return frames * SPACING * timings.frame_s

    def _unwrapped(self, keys: Keys, giver: AuthorId, wrapped: bytes) -> EpochKey | None:
        trust = self._epochs.trust
        try:
            box, box_key = trust.box, self._epochs.box_key(giver)
            return box.unwrap(keys.epoch, keys.number, giver, box_key, wrapped)
        except TrustError:
            return None

    def _taken_from(
        self, giver: AuthorId, key: EpochKey, node: NodeNumber, now_s: float
    ) -> EpochKeyReceived | FrameRejected | None:
        ring = self._epochs.ring
        if key in ring.keys:
            return None
        if not self._taken.allows(giver, now_s):
            return FrameRejected(RejectReason.TOO_MANY, node)
        return EpochKeyReceived(key, giver)


def with_counter(word: DoorWord, counters: Counters) -> DoorWord:
    """Return a HELLO as it goes out, with the next counter; other words as they are."""
    if not isinstance(word.frame, Hello):
        return word
    speaker = replace(word.frame.speaker, counter=counters.take())
    return replace(word, frame=replace(word.frame, speaker=speaker))
