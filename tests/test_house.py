"""The house drawn from its imports has no circles, and docs/architecture.md shows it as it is."""

import pytest

from tools import house


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert house.circle_in(house.imports()) == []


@pytest.mark.parametrize("package", house.rooms())
def test_no_rooms_of_a_package_import_each_other_in_a_circle(package: str) -> None:
    assert house.circle_in(house.siblings(package)) == []


def test_no_room_of_sync_station_and_ledger_is_too_full_to_look_over() -> None:
    assert house.full_rooms() == []


def test_no_two_packages_share_a_module_name() -> None:
    assert house.shared_names() == {}


def test_no_two_modules_share_a_class_name() -> None:
    assert house.shared_classes() == {}


def test_every_word_of_a_module_name_is_plain_or_in_the_glossary() -> None:
    assert house.unexplained() == set()


def test_the_map_has_every_room_and_each_module_of_sync_station_and_ledger_once() -> None:
    assert house.misplaced() == []


def test_documents_name_no_module_that_is_not_there() -> None:
    assert house.lost() == []


def test_a_circle_is_found() -> None:
    assert house.circle_in({"a": ["b"], "b": ["c"], "c": ["a"]}) in (
        ["a", "b", "c", "a"],
        ["a", "c", "b", "a"],
    )


def test_imports_for_types_alone_count() -> None:
    text = "if TYPE_CHECKING:\n    from meshboard.sync import engine\ndef late():\n    import meshboard.clock"

    assert set(house.imported_in(text)) == {"sync.engine", "clock"}
