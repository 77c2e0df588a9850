"""Look for a secret in bytes, however it was written."""

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path


def forms(secret: bytes) -> frozenset[bytes]:
    """Return how a secret may stand in a file: as it is, in UTF-16, hexadecimal, base 64, or backwards."""
    plain = {secret, secret[::-1]}
    text = secret.decode("utf-8", "ignore")
    if text.encode() == secret:
        plain |= {text.encode("utf-16-le"), text.encode("utf-16-be")}
    return frozenset({*plain, secret.hex().encode(), *_base64s(secret)})


def _base64s(secret: bytes) -> Iterable[bytes]:
    """Yield what base 64 makes of it at each place in a group of three, without the letters others share."""
    for before in range(3):
        coded = base64.b64encode(bytes(before) + secret).rstrip(b"=")
        whole = coded[-(-before * 8 // 6) :]
        yield whole if (before + len(secret)) % 3 == 0 else whole[:-1]


def found_in(content: bytes, secrets: Mapping[str, bytes]) -> set[str]:
    """Return the names of the secrets that stand in some bytes, in capitals or not."""
    folded = content.lower()
    return {name for name, secret in secrets.items() if any(form.lower() in folded for form in forms(secret))}


def found_in_files(folder: Path, secrets: Mapping[str, bytes]) -> set[tuple[str, str]]:
    """Return (file, secret) for every secret in any file of a folder, in their names too."""
    return {
        (str(file.relative_to(folder)), name)
        for file in folder.rglob("*")
        for name in found_in(
            bytes(file.relative_to(folder)) + (file.read_bytes() if file.is_file() else b""), secrets
        )
    }
