"""Give others the current key: when, what is told before it, and what after it to who was behind."""

from collections.abc import Iterable, Sequence

from meshboard.domain.ids import AuthorId, EpochId
from meshboard.figures import LOST_AFTER, PUZZLED_AFTER
from meshboard.sync.air.governor import Grade
from meshboard.sync.events import FrameUse
from meshboard.sync.holdings.ranges import Lacking
from meshboard.sync.keys.credentials import Credentials
from meshboard.sync.keys.epoch_change import DoorWord, keys_frame, recipients_of_a_frame
from meshboard.sync.keys.key_giving import KeyGiving
from meshboard.sync.keys.known_epochs import KnownEpochs
from meshboard.sync.keys.past_epochs import PastEpochs
from meshboard.sync.setup import EngineSetup
from meshboard.wire.frames import Keys


class OthersKeys:
    """Gives the current key to members who seem to lack it."""

    def __init__(self, setup: EngineSetup, epochs: KnownEpochs, past: PastEpochs) -> None:
        self._own = setup.author
        self._epochs = epochs
        self._past = past
        self._farthest = setup.config.hop_limit
        self._frame_recipients = recipients_of_a_frame(setup.config.max_frame_bytes)
        self._giving = KeyGiving(setup.timings, setup.chance, self._frame_recipients)
        self._credentials = Credentials(setup, epochs)
        self._behind: dict[AuthorId, EpochId] = {}
        self._come: frozenset[AuthorId] = frozenset()

    def ask_for(self, authors: Sequence[AuthorId], epoch: EpochId, hops: int, now_s: float) -> bool:
        """Plan to give these the current key, who are in this epoch; say whether that is anything new."""
        current = self._epochs.current
        if current is None:
            return True
        self._behind |= dict.fromkeys(authors, epoch)
        new = [author for author in authors if self._giving.ask(author, current.id, hops, now_s)]
        return bool(new)

    def on_lacking_behind(
        self, head: bytes, lacking: Lacking, hops: int, now_s: float, *, is_whole: bool
    ) -> None:
        """Note what a speaker in an epoch that is over says it lacks; `is_whole`: of all held here."""
        for author in self._epochs.with_head(head):
            if is_whole:
                self._credentials.note_lacking(author, lacking)
        self._past.tell_lacking(lacking, hops, now_s)

    def leave_to_other(self, keys: Keys, now_s: float) -> None:
        """Note keys that another member seems to give: those need not come from here too."""
        current = self._epochs.current
        if current is not None and keys.epoch == current.id:
            for head, _ in keys.wrapped:
                for author in self._epochs.with_head(head):
                    self._giving.was_given_by_another(author, keys.epoch, now_s)

    def due(self, now_s: float) -> DoorWord | None:
        """Return the frame that may be said now, of keys or of what goes before them; None when none may."""
        authors = self._giving.due(now_s)
        if not authors or not self._epochs.may_seal:
            return None
        hop_limit = min(self._giving.hops_of(authors), self._farthest)
        word = self._credentials_for(authors, hop_limit, now_s)
        word = word or next(iter(self.key_words(authors, Grade.REPAIR, hop_limit)), None)
        if word is None:
            self._giving.drop(authors)
        return word

    def due_at(self) -> float | None:
        """Return when the next frame may be said, None when none is planned or nothing can be sealed."""
        return self._giving.due_at() if self._epochs.may_seal else None

    def note_said(self, word: DoorWord, now_s: float) -> None:
        """Note that what `due` returned goes out."""
        if word.entries:
            self._credentials.note_said(word, now_s)
            return
        self._giving.note_frame(now_s)
        for author in word.recipients:
            self._note_given(author, word.hop_limit, now_s)

    def say_again(self, word: DoorWord, now_s: float) -> None:
        """Plan once more to give the key to those to whom a frame did that the node refused."""
        self._giving.ask_again(word.recipients, word.hop_limit, now_s)

    def forget(self) -> None:
        """Drop what is planned: another key is current."""
        self._giving.forget()
        self._come = frozenset()

    def note_come(self, come: frozenset[AuthorId]) -> None:
        """Take note of who came in."""
        self._come |= come

    def key_words(self, authors: Sequence[AuthorId], grade: Grade, hop_limit: int) -> Iterable[DoorWord]:
        """Yield the frames that give these the current key, as many as it takes."""
        current, trust, size = self._epochs.current, self._epochs.trust, self._frame_recipients
        if current is None:
            return
        for start in range(0, len(authors), size):
            group = tuple(authors[start : start + size])
            to = [(author, self._epochs.box_key(author)) for author in group]
            frame = keys_frame(self._own, trust.box, current, [pair for pair in to if pair[1]])
            if frame.wrapped:
                yield DoorWord(frame, FrameUse.KEYS, grade, trust.door, hop_limit, recipients=group)

    def _credentials_for(self, authors: Sequence[AuthorId], hop_limit: int, now_s: float) -> DoorWord | None:
        """Return what is told before the key to who may know nobody here, None when nothing is.

        Who came in since the key was changed did so by an older code; of others it shows when they were
        given the key in vain.
        """
        ring, over = self._epochs.ring, self._epochs.over
        for author in authors:
            epoch = ring.find(self._behind[author]) if author in self._behind else None
            if epoch is None or ring.current is None or epoch.id not in over:
                continue
            if author in self._come or self._giving.times(author, ring.current.id) >= PUZZLED_AFTER:
                word = self._credentials.due(author, ring.seal_of(epoch), hop_limit, now_s)
                if word is not None:
                    return word
        return None

    def _note_given(self, author: AuthorId, hops: int, now_s: float) -> None:
        """Tell who was given the key which epochs began since: without these it may not seal with it."""
        current, past = self._epochs.current, self._past
        if current is None:
            return
        self._giving.note_given(author, current.id, now_s)
        if author not in self._behind:
            return
        named = self._behind.pop(author)
        past.tell_begun(named, hops, now_s)
        if named != self._epochs.first:
            return
        # who may not seal cannot tell what it lacks; the others say it in a summary
        times = self._giving.times(author, current.id)
        if times > LOST_AFTER:
            past.tell_all(hops, now_s)
        elif times > PUZZLED_AFTER:
            past.tell_since(named, hops, now_s)
