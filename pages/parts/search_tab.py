"""The search for a better recipe, on the Runs page."""


def show() -> None:
    return None
