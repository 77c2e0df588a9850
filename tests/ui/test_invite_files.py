import stat
from pathlib import Path

import pytest

from meshboard.errors import RuleError
from meshboard.ui.invite_files import (
    MOST_BYTES,
    is_path,
    read_invite_text,
    seems_invite,
    write_invite_file,
)


def test_an_invite_is_written_for_its_owner_alone_and_read_again(tmp_path: Path) -> None:
    path = write_invite_file(f" {tmp_path}/invite.txt ", "MESHBOARD:FILE:2:\nABC\n")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_invite_text(str(path)) == "MESHBOARD:FILE:2:\nABC\n"


def test_no_file_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("bread")

    with pytest.raises(RuleError, match="already"):
        write_invite_file(str(tmp_path / "list.txt"), "MESHBOARD")
    assert (tmp_path / "list.txt").read_text() == "bread"


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="cannot be written"):
        write_invite_file(str(tmp_path / "none" / "invite.txt"), "MESHBOARD")


def test_what_is_far_too_long_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(bytes(MOST_BYTES + 1))

    with pytest.raises(RuleError, match="too long"):
        read_invite_text(str(tmp_path / "film"))


def test_a_code_is_no_path() -> None:
    assert not is_path("880G0P-2G0CD2 kc6qtp")
    assert not is_path("MESHBOARD:2:880G0P2G0CD2")
    assert read_invite_text("880G0P-2G0CD2") == "880G0P-2G0CD2"
    assert is_path("~/invite.txt")


def test_a_code_or_a_file_is_told_from_a_name(tmp_path: Path) -> None:
    path = tmp_path / "invite.txt"
    path.write_text("MESHBOARD:FILE:2:")

    assert all(
        seems_invite(one) for one in ("880G0P-2G0CD2-KC6QTP-880G0P-2G0CD2-KC6Q", "MeshBoard:2:88", str(path))
    )
    assert not any(
        seems_invite(one) for one in ("Oak Street", "street market garden", "St. Mary/Oak", "24-7")
    )
