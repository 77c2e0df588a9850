import pytest

from meshboard.domain.ids import AuthorId
from meshboard.errors import TrustError
from meshboard.trust.identity import AuthorKey, is_signed_by


def test_only_the_author_signs() -> None:
    key, other = AuthorKey(bytes(32)), AuthorKey(bytes([1]) * 32)
    signature = key.sign(b"digest")

    assert is_signed_by(key.author, b"digest", signature)
    assert not is_signed_by(key.author, b"another", signature)
    assert not is_signed_by(other.author, b"digest", signature)
    assert not is_signed_by(key.author, b"digest", b"short")
    assert key.author.hex()[:8] in repr(key)


def test_a_seed_of_another_length_is_refused() -> None:
    with pytest.raises(TrustError, match="31 bytes"):
        AuthorKey(bytes(31))


def test_any_bytes_may_be_asked_about() -> None:
    assert not is_signed_by(AuthorId(b"not a key"), b"digest", bytes(64))


def test_the_seed_of_rfc_8032_gives_its_key() -> None:
    """RFC 8032, section 7.1, test 1."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")

    assert AuthorKey(seed).author.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
