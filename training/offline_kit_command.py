"""`python -m training prepare --offline-kit`: the sizes first, then one piece after the other, then what is ready."""

import sys

from training import offline_kit
from training.offline_kit import Had, Piece, Train

INTERRUPTED = 130


def run(train: Train, *, backbones: bool = False) -> int:
    """The exit status: 0 where all of it is here."""
    wanted = offline_kit.pieces(train, backbones=backbones)
    print(told_before(wanted), flush=True)
    had: list[Had] = []
    try:
        for one in offline_kit.get(wanted, _show):
            print(f"{_line_end()}{told(one)}", flush=True)
            had.append(one)
    except KeyboardInterrupt:
        print("\nStopped; the same command goes on from here.", file=sys.stderr)
        return INTERRUPTED
    lacking = sum(one.why_not is not None for one in had)
    if lacking:
        print(f"\n{lacking} of {len(had)} could not be had; the same command tries again.", file=sys.stderr)
        return 1
    print("\nReady for a demonstration without the internet. The page Stage checks the rest.")
    return 0


def told_before(wanted: tuple[Piece, ...]) -> str:
    lacking = [piece for piece in wanted if not piece.here()]
    mb = sum(piece.mb for piece in lacking)
    lines = []
    for piece in wanted:
        size = f"{piece.mb} MB" if piece.mb else "made on this computer"
        lines.append(f"  {piece.name}: {size if piece in lacking else 'here already'}")
    return "\n".join(
        ["What a demonstration without the internet needs:", *lines, f"To be fetched: {mb} MB.", ""]
    )


def told(one: Had) -> str:
    return f"ready: {one.piece.name}" if one.why_not is None else f"NOT HAD: {one.piece.name}: {one.why_not}"


def _show(what: str, done: int, of: int) -> None:
    if not sys.stderr.isatty():
        return
    told = f"{done / 1e6:.0f} of {of / 1e6:.0f} MB" if of > 1e6 else f"{done:,} of {of:,}"
    print(f"\r\033[K{what}: {told}", end="", file=sys.stderr, flush=True)


def _line_end() -> str:
    return "\r\033[K" if sys.stderr.isatty() and sys.stdout.isatty() else ""
