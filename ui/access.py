"""Who may change things for everybody: on this computer whoever sits at it, on a network whoever knows the PIN."""


def presenter() -> bool:
    """Whether this visit may train, promote, delete and change settings."""
    return True


def door() -> None:
    """Where a PIN is needed and not yet given: ask for it. Otherwise nothing."""
