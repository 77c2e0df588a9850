"""Compare what a trial came to with what its scenario expects."""

from collections.abc import Iterator, Sequence

from meshboard.sim.scenario_tables import ExpectTable
from meshboard.sim.trial.outcome import Figures

AT_LEAST = ("complete",)


def failures(expect: ExpectTable, figures: Figures) -> Sequence[str]:
    """Return a sentence for each expectation that failed.

    Where nobody had anything to say, all of it arrived; any other figure there is nothing of fails.
    """
    return [
        sentence
        for name, wanted, got in _compared(expect, figures)
        if (sentence := _failure(name, wanted, got)) is not None
    ]


def _failure(name: str, wanted: float | bool, got: float | bool | None) -> str | None:
    if got is None:
        return None if name in AT_LEAST else f"there is no {name} to expect anything of"
    if isinstance(wanted, bool):
        return None if got == wanted else f"{name} is {got}, expected {wanted}".lower()
    if name in AT_LEAST:
        return None if got >= wanted else f"{name} is {got:.6g}, expected at least {wanted:g}"
    return None if got <= wanted else f"{name} is {got:.6g}, expected at most {wanted:g}"


def _compared(
    expect: ExpectTable, figures: Figures
) -> Iterator[tuple[str, float | bool, float | bool | None]]:
    """Yield each figure something is expected of: its name, what is expected, what it is."""
    spread, bulk = figures.converged_s, figures.bulk
    elsewhere = {
        "p50_s": spread.p50,
        "p95_s": spread.p95,
        "max_s": spread.max,
        "bulk_ratio": None if bulk is None else bulk.ratio,
    }
    for name in type(expect).model_fields:
        wanted = getattr(expect, name)
        if wanted is not None:
            yield name, wanted, elsewhere[name] if name in elsewhere else getattr(figures, name)
