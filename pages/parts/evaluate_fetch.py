"""Where the photos of an evaluation are not on this computer: one click brings others that are free to be shown."""

from training.evaluations import Kept


def show(kept: Kept) -> None:
    """Draws nothing where the photos are here."""
    del kept
