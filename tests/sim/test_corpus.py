from meshboard.domain.posts import PostKind
from meshboard.sim.corpus import own_corpus


def test_the_whole_corpus_can_be_posted_and_has_every_kind() -> None:
    posts = own_corpus()

    assert len(posts) == 260
    assert set(PostKind) == {post.kind for post in posts}
