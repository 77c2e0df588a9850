from meshboard.demo.posts import corpus_posts
from meshboard.domain.posts import PostKind


def test_the_whole_corpus_can_be_posted_and_has_every_kind() -> None:
    posts = corpus_posts()

    assert len(posts) == 260
    assert set(PostKind) == {post.kind for post in posts}
