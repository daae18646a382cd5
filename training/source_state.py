"""Whether a person's own photos are still the files that they were: a word for each state of where they come from."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from training import unpacked


def state(source: str) -> str:
    """Another word when files were changed under the names that they had, or are those of another folder."""
    kind, _, at = source.partition(":")
    if kind == "zip":
        return unpacked.place(Path(at)).name
    if kind != "folder":
        return ""  # kept photos are named by their content, published ones do not change
    digest = hashlib.sha256(os.path.abspath(at).encode(errors="replace"))
    for folder, below, files in os.walk(at):
        below.sort()
        for name in sorted(files):
            path = os.path.join(folder, name)
            with suppress(OSError):
                stat = os.stat(path)
                digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode(errors="replace"))
    return digest.hexdigest()
