"""What to expect after joining a circle."""

from meshboard.ui.screens.consequences import ConsequencesDialog


def joined_dialog(circle: str) -> ConsequencesDialog:
    """Return what is said once after joining a circle of that name."""
    words = (
        "Your posts count as soon as a board that knows the invite hears yours, over the radio. Until then "
        "they are stored here, and the other boards' posts come in as they are heard.\n"
        "Who is in the circle, and whether you are: key i."
    )
    return ConsequencesDialog(f"This board is in {circle} now.", words, (("enter", "to the board"),))
