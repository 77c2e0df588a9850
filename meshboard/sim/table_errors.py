"""Say in a sentence what is wrong with a table that somebody wrote."""

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import ValidationError

_IN_WORDS_OF_A_FILE: Mapping[str, str] = MappingProxyType(
    {
        "tuple_type": "Input should be a list",
        "model_type": "Input should be a table",
        "int_type": "Input should be a whole number",
        "float_type": "Input should be a number",
    }
)


def problems(error: ValidationError) -> str:
    """Return a sentence for each wrong key, with its name, all in one line."""
    return "; ".join(
        _sentence(found["loc"], found["type"], found["msg"].removeprefix("Value error, "))
        for found in error.errors(include_url=False, include_context=False, include_input=False)
    )


def _sentence(location: tuple[int | str, ...], kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return f'unknown key "{_path(location)}"; remove it or correct its spelling'
    # of several types pydantic says which one it speaks of: `stations.tuple[int, ...]`
    where = _path(tuple(part for part in location if "[" not in str(part)))
    if kind == "missing":
        return f'the key "{where}" is missing; add it'
    said = _IN_WORDS_OF_A_FILE.get(kind, message.replace("Tuple", "List"))
    return f"{where}: {said}" if where else said


def _path(location: tuple[int | str, ...]) -> str:
    """Return where in a file something is, such as `node.0.long_name`."""
    return ".".join(str(part) for part in location)
