"""The table of all runs."""


def show() -> None:
    return None
