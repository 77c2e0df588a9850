"""Whether stations show the same: posts, states, claims and waiting lines, asked at one common time."""

from collections.abc import Collection, Hashable, Mapping, Sequence

from meshboard.domain.entries import Entry
from meshboard.domain.ids import EntryId, PostId
from meshboard.domain.limits import claims_beyond
from meshboard.domain.merge import merge
from meshboard.domain.standing import PostStanding, stand
from meshboard.sim.trial.trial_board import TrialBoard

Shown = Mapping[PostId, Hashable]


def shown_by(board: TrialBoard, now_s: int, forgettable: Collection[EntryId]) -> Shown:
    """Return what a board shows at `now_s` Unix seconds of every post but those that may be forgotten."""
    return shown(
        [signed.entry for signed in board.store.everything() if signed.entry.id not in forgettable],
        now_s,
    )


def shown(entries: Sequence[Entry], now_s: int) -> Shown:
    """Return what these entries come to at `now_s`: of each post its words, its state and its claims."""
    records = merge(entries)
    live = [record for record in records.values() if stand(record, now_s).state.is_live]
    beyond = claims_beyond(live)
    return {
        post: (record.content, len(record.flags), _comes_to(stand(record, now_s, beyond)))
        for post, record in records.items()
    }


def _comes_to(standing: PostStanding) -> Hashable:
    claims = tuple((claim.record.id, claim.state, claim.holds, claim.waits) for claim in standing.claims)
    return standing.state, standing.left, claims


def agreeing(
    boards: Sequence[TrialBoard], now_s: int, forgettable: Collection[EntryId]
) -> Mapping[int, bool]:
    """Say of each board whether it shows what most of these do, or the first ones if as many do not."""
    views = {board.index: shown_by(board, now_s, forgettable) for board in boards}
    if not views:
        return {}
    common = max(views.values(), key=lambda view: sum(view == other for other in views.values()))
    return {node: view == common for node, view in views.items()}
