"""Running an evaluation from the Evaluate page: of which model, on which photos, and how far it is."""


def show() -> None:
    """Draws nothing where nothing can be run."""
