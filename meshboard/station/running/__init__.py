"""A running station: the link, the circles it carries, and the turns of its loop."""
