"""Fill frames with entries: some each with all that proves it, others in runs that prove each other.

A run comes without a signature where the entry after it is held by whoever lacks the run, or was just said:
then it is proven by that one's link. So runs go newest first, and the end of a log has a signature.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial

from meshboard.bounded import BoundedMemory
from meshboard.domain.entries import LogId, SignedEntry
from meshboard.domain.forgetting import is_about_a_post
from meshboard.domain.ids import EntryId
from meshboard.figures import MAX_RECENT, NEWS_RECENT_S, REACH_FOR_SIGNATURE, SMALLEST_BYTES
from meshboard.sync.air.unsaid import FrameLimit
from meshboard.sync.entries.outbox import Outbox, is_basic, is_critical, repair_priority_of
from meshboard.sync.entries.repair import Repairs
from meshboard.sync.store import Store
from meshboard.wire.entry_bytes import is_before
from meshboard.wire.frames import Item
from meshboard.wire.items import MAX_RUN, entry_wire_bytes, push_item, run_of
from meshboard.wire.packer import EntriesPacker, FrameFull

Chain = list[SignedEntry]


class Recent:
    """Entries that others' news brought lately and nobody said twice, oldest first: they may go along.

    Firmware 2.8 adds its own signature to a broadcast of up to `SIGNED_BYTES`, and none to a longer one. So a
    frame a little shorter is on the air about as long as one with another entry in it, which some mostly
    lack: of ten pairs of an entry and a station one or two are missed by the first flood.
    """

    def __init__(self) -> None:
        self._came: BoundedMemory[EntryId, tuple[float, SignedEntry]] = BoundedMemory(MAX_RECENT)

    def note_news(self, signed: SignedEntry, now_s: float) -> None:
        """Note an entry that is new here and came as news; without a signature it cannot go by itself."""
        if signed.signature:
            self._came[signed.entry.id] = (now_s, signed)

    def note_said(self, entries: Iterable[EntryId]) -> None:
        """Note that we or another said these."""
        for entry_id in entries:
            self._came.pop(entry_id, None)

    def lately(self, now_s: float) -> Sequence[SignedEntry]:
        """Return what came in the last minutes and was said once."""
        return [signed for came_at, signed in self._came.values() if now_s - came_at < NEWS_RECENT_S]


class Filling:
    """Fills one frame after another from what waits to be said."""

    def __init__(self, store: Store, outbox: Outbox, repairs: Repairs, limit: FrameLimit) -> None:
        self._store = store
        self._outbox = outbox
        self._repairs = repairs
        self._queue = repairs.queue
        self._limit = limit

    def fill_keyed(self, signed: SignedEntry) -> EntriesPacker:
        """Return a frame with this entry, its author's whole key and its link; empty where too long."""
        packer = EntriesPacker(self._limit.max_frame_bytes, is_keyed=True)
        with suppress(FrameFull):
            packer.add(signed, has_link=True)
        return packer

    def fill(self, due: Sequence[SignedEntry]) -> tuple[EntriesPacker, Sequence[SignedEntry]]:
        """Return a frame with the first of these and whatever else fits, and what can be given to nobody.

        That is what fits no frame, or lost what proves it when something after it was displaced.
        """
        is_keyed = bool(due) and self._is_to_be_keyed(due[0])
        packer = EntriesPacker(self._limit.max_frame_bytes, is_keyed=is_keyed)
        due = [signed for signed in due if self._is_key_there(signed, due[0], is_keyed=packer.is_keyed)]
        singles = [signed for signed in due if self._is_single(signed)]
        chains, hopeless = self._chains(signed for signed in due if not self._is_single(signed))
        if due and self._goes_first(due[0]):
            chains = [chain[-1:] for chain in chains if self._goes_first(chain[-1])]
        runs = _Runs(partial(self._run, is_keyed=packer.is_keyed))
        if due and not self._is_single(due[0]):
            _add_longest(packer, self._leading(chains, due[0]), runs)
        for signed in singles:
            if not self._add_single(packer, signed) and not packer.entries:
                hopeless.append(signed)
        while _add_fullest(packer, chains, runs):
            pass
        if not packer.entries:
            hopeless.extend(chain[-1] for chain in chains if chain)
        return packer, hopeless

    def _is_to_be_keyed(self, first: SignedEntry) -> bool:
        """Say whether what leads a frame needs its author's key, and does not begin its log and bring it."""
        brings_it = first.entry.number == 1 and self._is_single(first)
        return self._repairs.needs_key(first.entry) and not brings_it

    def _is_key_there(self, signed: SignedEntry, first: SignedEntry, *, is_keyed: bool) -> bool:
        """Say whether an entry can be checked in the frame that `first` leads, as far as keys go."""
        is_same_log = signed.entry.log == first.entry.log
        return is_same_log or not (is_keyed or self._repairs.needs_key(signed.entry))

    def lengthen(self, packer: EntriesPacker, others: Sequence[SignedEntry], beyond_bytes: int) -> None:
        """Put in the shortest of these entries that makes the frame longer than this, if there is one."""
        wanted = packer.left - (self._limit.max_frame_bytes - beyond_bytes)
        if not packer.entries or wanted < 0:
            return
        sizes = [entry_wire_bytes(signed, is_keyed=packer.is_keyed) for signed in others]
        fitting = [(size, place) for place, size in enumerate(sizes) if wanted < size <= packer.left]
        if fitting:
            packer.add(others[min(fitting)[1]])

    def _is_single(self, signed: SignedEntry) -> bool:
        """Say whether an entry goes by itself: news, critical posts, and what was asked for so."""
        entry_id = signed.entry.id
        is_news = not self._queue.has(entry_id)
        if signed.signature and not is_about_a_post(signed.entry.fact):
            # It is never forgotten: with its own signature nothing has to be kept to prove it. Who counts
            # shows it by such facts alone (`credentials`), so everybody keeps their signatures.
            return True
        return is_news or (not signed.signature and self._goes_first(signed))

    def _goes_first(self, signed: SignedEntry) -> bool:
        """Say whether an entry is to come with all that proves it, whatever else comes."""
        return is_critical(signed) or self._queue.proof_of(signed.entry.id).is_alone

    def _add_single(self, packer: EntriesPacker, signed: SignedEntry) -> bool:
        """Put an entry in with what proves it; say whether there was room and proof."""
        with suppress(FrameFull):
            if signed.signature:
                packer.add(signed, has_link=self._needs_link(signed) or self._goes_ahead(signed, packer))
                return True
            run, is_signed = self._proving_run(signed)
            if run:
                packer.add_run(run, has_link=True, is_signed=is_signed)
                return True
        return False

    def _goes_ahead(self, signed: SignedEntry, packer: EntriesPacker) -> bool:
        """Say whether news takes its turn before another actor's that stands before it in the log.

        It is not to wait to be checked until all of somebody's flood is said.
        """
        entry = signed.entry
        if self._queue.has(entry.id) or len(self._outbox) < 2:
            return False
        along = {one.entry.id for one in packer.entries}
        before = self._store.entries(entry.log, entry.number - 1, entry.number - 1)
        waiting = [one.entry for one in before if self._outbox.has(one.entry.id)]
        return any(one.actor != entry.actor and one.id not in along for one in waiting)

    def _needs_link(self, first: SignedEntry) -> bool:
        """Say whether who lacks an entry may lack the one before it, have forgotten it, or hold another."""
        entry, queue = first.entry, self._repairs.queue
        if is_critical(first):
            return True
        if not queue.has(entry.id):
            return False
        before = self._store.entries(entry.log, entry.number - 1, entry.number - 1)
        return (
            len(before) != 1 or not queue.proof_of(entry.id).has_before or self._repairs.was_in_vain(entry.id)
        )

    def _proving_run(self, signed: SignedEntry) -> tuple[Chain, bool]:
        """Return an entry without a signature and those after it up to one that has one."""
        entry, run = signed.entry, [signed]
        for after in self._store.entries(entry.log, entry.number + 1, entry.number + REACH_FOR_SIGNATURE):
            if is_before(run[-1], after):
                run.append(after)
                if after.signature:
                    return run, True
        return ([signed], False) if len(run) > 1 else ([], False)

    def _chains(self, due: Iterable[SignedEntry]) -> tuple[list[Chain], Chain]:
        """Return the longest runs these entries make, each with a provable end, and what has no proof.

        What others judge all else by makes runs of its own: it goes first, wherever in its log it stands.
        """
        logs: dict[tuple[LogId, bool], list[Chain]] = {}
        ends: dict[tuple[LogId, bool, int], list[int]] = {}  # the places of chains whose last has this number
        for signed in sorted(due, key=lambda one: (one.entry.number, one.entry.digest)):
            log = signed.entry.log, is_basic(signed.entry)
            chains = logs.setdefault(log, [])
            open_ends = ends.get((*log, signed.entry.number - 1), [])
            before = [place for place in open_ends if self._leads_to(chains[place][-1], signed)]
            place = min(before, default=len(chains))
            if before:
                open_ends.remove(place)
            else:
                chains.append([])
            chains[place].append(signed)
            ends.setdefault((*log, signed.entry.number), []).append(place)
        found = [chain for chains in logs.values() for chain in chains]
        hopeless: Chain = []
        for chain in found:
            while chain and not chain[-1].signature and not self._has_successor(chain[-1]):
                hopeless.append(chain.pop())
        return [chain for chain in found if chain], hopeless

    def _leads_to(self, last: SignedEntry, signed: SignedEntry) -> bool:
        """Say whether a run goes on from its last entry to this one."""
        return bool(last.link) and is_before(last, signed) and not self._goes_first(last)

    def _after(self, signed: SignedEntry) -> Sequence[SignedEntry]:
        entry = signed.entry
        return self._store.entries(entry.log, entry.number + 1, entry.number + 1)

    def _has_successor(self, signed: SignedEntry) -> bool:
        return any(is_before(signed, after) for after in self._after(signed))

    def _needs_signature(self, last: SignedEntry) -> bool:
        """Say whether who lacks an entry may lack the one after it too, or hold another of its number."""
        if self._goes_first(last):
            return True
        after = self._after(last)
        if len(after) != 1 or not is_before(last, after[0]) or self._repairs.was_in_vain(last.entry.id):
            return True
        after_id = after[0].entry.id
        has_after = self._queue.proof_of(last.entry.id).has_after or self._repairs.was_said(after_id)
        return not has_after or self._queue.has(after_id) or self._outbox.has(after_id)

    def _leading(self, chains: Sequence[Chain], first: SignedEntry) -> Sequence[Chain]:
        """Return the chains one of which is to lead a frame.

        What goes first, facts that others build on, and news keep their order; of all else any may lead.
        """
        if self._goes_first(first) or is_basic(first.entry) or self._outbox.has(first.entry.id):
            return [chain for chain in chains if first in chain]
        return [chain for chain in chains if _is_as_urgent(chain, first)]

    def _run(self, entries: Chain, *, is_keyed: bool) -> Item:
        last = entries[-1]
        is_signed = bool(last.signature) and self._needs_signature(last)
        has_link = self._needs_link(entries[0])
        run = run_of(entries, is_keyed=is_keyed, has_link=has_link, is_signed=is_signed)
        is_too_long = len(push_item(run)) > self._limit.room
        if len(entries) == 1 and is_too_long and is_signed:
            return run_of(
                entries, is_keyed=is_keyed, has_link=False, is_signed=True
            )  # better without its link than never
        return run


class _Runs:
    """Runs at the ends of chains, each made once for a frame, however often it is asked what still fits."""

    def __init__(self, make: Callable[[Chain], Item]) -> None:
        self._make = make
        self._made: dict[tuple[int, int, int], tuple[Item, int]] = {}

    def run(self, chain: Chain, count: int) -> tuple[Item, int]:
        """Return the last `count` entries of a chain as a run, and its bytes."""
        key = id(chain), len(chain), count  # chains stay while a frame is filled, and only become shorter
        made = self._made.get(key)
        if made is None:
            item = self._make(chain[-count:])
            made = self._made[key] = item, len(push_item(item))
        return made

    def longest(self, chain: Chain, room: int) -> int:
        """Return how many entries at a chain's end fit, 0 where not one does."""
        fits, most = 0, min(len(chain), MAX_RUN, room // SMALLEST_BYTES)
        while fits < most:
            middle = (fits + most + 1) // 2
            if self.run(chain, middle)[1] <= room:
                fits = middle
            else:
                most = middle - 1
        return fits


def _add_longest(packer: EntriesPacker, chains: Iterable[Chain], runs: _Runs) -> None:
    """Put in the run that brings most bytes of entries, from the end of its chain."""
    found = [(chain, count) for chain in chains if (count := runs.longest(chain, packer.left))]
    if found:
        _add_run(packer, *max(found, key=lambda run: _entry_bytes(*run)), runs)


def _add_fullest(packer: EntriesPacker, chains: Iterable[Chain], runs: _Runs) -> bool:
    """Put in the run that leaves the least room, from the end of its chain; say whether any fits."""
    found = [(chain, count) for chain in chains if (count := runs.longest(chain, packer.left))]
    if found:
        _add_run(packer, *max(found, key=lambda run: runs.run(*run)[1]), runs)
    return bool(found)


def _add_run(packer: EntriesPacker, chain: Chain, count: int, runs: _Runs) -> None:
    packer.add_item(chain[-count:], runs.run(chain, count)[0])
    del chain[-count:]


def _entry_bytes(chain: Chain, count: int) -> int:
    return sum(len(signed.packed) for signed in chain[-count:])


def _is_as_urgent(chain: Chain, signed: SignedEntry) -> bool:
    """Say whether something in a chain is as urgent as this entry."""
    return any(repair_priority_of(one.entry) <= repair_priority_of(signed.entry) for one in chain)
