"""The stress test on the Evaluate page: the same photos redrawn, and what the model makes of them."""

from training.evaluations import Kept


def show(kept: Kept) -> None:
    """Draws the figures of this model on these photos, or the button that makes them."""
    del kept
