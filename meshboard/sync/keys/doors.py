"""The circle's door: what is heard and said about keys, one's own and others'.

Former members have the door's key and the keys of past epochs, so all that is answered here is bounded by
the hour, whoever asks in whose name (docs/protocol.md, section 10).
"""

from collections.abc import Mapping, Sequence

from meshboard.domain.entries import SignedEntry
from meshboard.domain.ids import AuthorId
from meshboard.link import NodeNumber
from meshboard.sync.air.governor import Grade
from meshboard.sync.company.known_members import Members
from meshboard.sync.entries.repair import Lacking, Repairs
from meshboard.sync.events import EpochKeyReceived, FrameRejected, FrameUse, RejectReason
from meshboard.sync.keys.epoch_change import DoorWord, EpochChange, farewell_words
from meshboard.sync.keys.epoch_view import EpochView
from meshboard.sync.keys.hello import HellosHeard
from meshboard.sync.keys.others_keys import OthersKeys
from meshboard.sync.keys.own_key import OwnKey
from meshboard.sync.setup import EngineSetup
from meshboard.trust.key_ring import EpochKey, KeyRing
from meshboard.wire.frames import HEAD_BYTES, Hello, Keys


class Doors(EpochView):
    """What is heard and said about keys; in a circle of version 0.1 nothing ever is."""

    def __init__(self, setup: EngineSetup, repairs: Repairs, now_s: float) -> None:
        super().__init__(setup, repairs, now_s)
        self.change = EpochChange()
        self._heard = HellosHeard()
        self._others_keys = OthersKeys(setup, self)
        self._own_key = OwnKey(setup, self, repairs, now_s)

    @property
    def is_asking(self) -> bool:
        """Say whether a key seems to be lacking here: then others help by what is told in full."""
        return self._own_key.is_asking

    def change_keys(
        self, ring: KeyRing, recipients: Sequence[AuthorId], farewell: Sequence[SignedEntry], now_s: float
    ) -> Sequence[SignedEntry]:
        """Go on with another ring, the farewell and the recipients' keys first; return what is so said.

        A farewell whose epoch before is not known here cannot be said to those who are still in it.
        """
        if self.trust is None:
            return ()
        if ring.current != self.ring.current:
            self._others_keys.forget()
        if ring.keys != self.ring.keys:
            self._own_key.settle()
        self.ring = ring
        self.past.look(self.named, now_s)
        hop_limit = self.config.hop_limit
        first = list(farewell_words(farewell, ring, self.config.max_frame_bytes, hop_limit))
        self.change.begin(first, self._others_keys.key_words(recipients, Grade.CRITICAL, hop_limit))
        self._own_key.ask_after_change(now_s)
        return [signed for word in first for signed in word.entries]

    def rejoin(self, now_s: float) -> None:
        """Note that the link came back: whoever lacks the key asks anew."""
        self._own_key.ask_anew(now_s)

    def on_unopened(self, now_s: float) -> None:
        """Note a frame that no key opens: somebody seems to be in an epoch that is not known here."""
        self._own_key.on_unopened(now_s)

    def on_behind(self, head: bytes, epoch: EpochKey, hops: int, now_s: float) -> None:
        """Note a word sealed in an epoch that is over: its speaker may lack the current key."""
        self._others_keys.ask_for(self.members.with_head(head), epoch.id, hops, now_s)

    def on_lacking_behind(
        self, head: bytes, lacking: Lacking, hops: int, now_s: float, *, is_whole: bool
    ) -> None:
        """Note what a speaker in an epoch that is over says it lacks of what is held here."""
        self._others_keys.on_lacking_behind(head, lacking, hops, now_s, is_whole=is_whole)

    def on_hello(self, hello: Hello, hops: int, now_s: float) -> RejectReason | None:
        """Take in a HELLO; return why it changes nothing, None when it may."""
        head, epoch = hello.speaker.head, hello.epoch
        if head == self.own[:HEAD_BYTES]:
            return RejectReason.OWN
        if self._heard.is_repeated(head, hello.speaker.counter):
            return RejectReason.STALE
        authors = self.members.with_head(head)
        if not authors:
            return RejectReason.ASKED_BY_STRANGER
        if epoch == self.named:
            self._own_key.was_asked_for_by_another(now_s)
        known = self.ring.find(epoch)
        if known is None and self._heard.is_worth_hello_back(epoch, head, now_s):
            self._own_key.on_unknown_epoch(now_s)
        if self._is_of_use_to(known) and not self._others_keys.ask_for(authors, epoch, hops, now_s):
            return RejectReason.TOO_MANY
        return None

    def _is_of_use_to(self, named: EpochKey | None) -> bool:
        """Say whether the current key may be lacking to who named an epoch, None when its key is not here.

        Also where theirs may be the later one: they cannot open what is said here in ours.
        """
        return named is None or named != self.ring.current

    def on_keys(self, keys: Keys, node: NodeNumber, now_s: float) -> EpochKeyReceived | FrameRejected | None:
        """Take in a KEYS frame; return the key it brings this station, or why it brings none."""
        if keys.head == self.own[:HEAD_BYTES]:
            return FrameRejected(RejectReason.OWN, node)
        givers = self.members.with_head(keys.head)
        if givers:
            self._others_keys.leave_to_other(keys, now_s)
        return self._own_key.on_keys(keys, givers, node, now_s)

    def due(self, now_s: float) -> DoorWord | None:
        """Return what may be said now, a HELLO with the largest counter there is."""
        return self.change.next or self._others_keys.due(now_s) or self._own_key.due(now_s)

    def note_said(self, word: DoorWord, now_s: float) -> None:
        """Note that what `due` returned goes out."""
        if word is self.change.next:
            self.change.take()
        elif word.use is FrameUse.HELLO:
            self._own_key.note_said(word.hop_limit, now_s)
        else:
            self._others_keys.note_said(word, now_s)

    def offer_again(self, word: DoorWord, is_change: bool, now_s: float) -> None:
        """Say a word again that the node refused; `is_change`: it was said before anything else."""
        if is_change:
            self.change.put_back(word)
        elif word.use is FrameUse.HELLO:
            self._own_key.say_again(now_s)
        else:
            self._others_keys.say_again(word, now_s)

    def due_at(self) -> Sequence[tuple[float | None, Grade]]:
        """Return when something may be due, and how it stands with the governor."""
        if self.change.next is not None:
            return [(float("-inf"), self.change.next.grade)]
        return [(self._others_keys.due_at(), Grade.REPAIR), (self._own_key.due_at(), Grade.TALK)]

    def note_members(self, box_keys: Mapping[AuthorId, bytes], now_s: float) -> None:
        """Take note of who counts now."""
        before, self.members = self.members, Members(self.own, box_keys)
        self._others_keys.note_members(before)
        self._own_key.note_members(before, now_s)
