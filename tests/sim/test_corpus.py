import json
from pathlib import Path

import pytest

from meshboard.domain.posts import PostKind
from meshboard.errors import ConfigError
from meshboard.sim.corpus import own_corpus, read_corpus

SOUP: dict[str, object] = {
    "kind": "need",
    "category": "food",
    "urgency": "low",
    "hours": 10,
    "text": "soup for two",
}


def written(folder: Path, *lines: str | bytes) -> Path:
    path = folder / "posts.jsonl"
    path.write_bytes(b"\n".join(line.encode() if isinstance(line, str) else line for line in lines))
    return path


def test_the_whole_corpus_can_be_posted_and_has_every_kind() -> None:
    posts = own_corpus()

    assert len(posts) == 260
    assert set(PostKind) == {post.kind for post in posts}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("[1]", "line 2, is not a post: Input should be a table"),
        ("{", "line 2, is not a JSON object"),
        ("{}", 'the key "kind" is missing'),
        (json.dumps(SOUP | {"kind": "needs"}), "kind: Input should be one of need, offer, task, notice"),
        (json.dumps(SOUP | {"urgency": 3}), "urgency: Input should be one of low, normal, high, critical"),
        (json.dumps(SOUP | {"hours": True}), "hours: Input should be a whole number"),
        (json.dumps(SOUP | {"qty": float("nan")}), "qty: Input should be a finite number"),
        (json.dumps(SOUP | {"text": 5}), "text: Input should be a valid string"),
        (b"\xff", "cannot be read: 'utf-8' codec"),
    ],
)
def test_a_line_that_is_no_post_is_refused_by_its_number_and_key(
    tmp_path: Path, line: str | bytes, sentence: str
) -> None:
    with pytest.raises(ConfigError) as refusal:
        read_corpus(written(tmp_path, json.dumps(SOUP), line))

    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("line", ["[" * 100_000, '{"hours": ' + "9" * 5000 + "}"], ids=["deep", "long"])
def test_lists_and_numbers_beyond_all_measure_are_a_clear_sentence(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match="line 1, is not a JSON object"):
        read_corpus(written(tmp_path, line))


@pytest.mark.parametrize("name", ["", "nowhere.jsonl", "nul\0"])
def test_a_corpus_that_cannot_be_read_is_a_clear_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_corpus(tmp_path / name)


def test_what_a_board_would_refuse_is_left_out_and_a_file_without_any_post_refused(tmp_path: Path) -> None:
    unfit = [json.dumps(SOUP | change) for change in ({"text": ""}, {"hours": 0}, {"text": "\ud800"})]

    assert len(read_corpus(written(tmp_path, json.dumps(SOUP), *unfit))) == 1
    with pytest.raises(ConfigError, match="holds no post"):
        read_corpus(written(tmp_path, *unfit))


def test_a_line_ends_with_a_newline_and_with_nothing_else_that_parts_lines(tmp_path: Path) -> None:
    line = json.dumps(SOUP | {"text": "soup\u2028for two"}, ensure_ascii=False)

    assert len(read_corpus(written(tmp_path, line, ""))) == 1
