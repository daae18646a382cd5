"""The step "recipe" of the Train page."""


def line() -> str | None:
    return None


def show() -> None:
    return None
