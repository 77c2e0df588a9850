"""Saying entries: news, repairs of what others lack, and in which frame, with which proof."""
