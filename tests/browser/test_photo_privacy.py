"""After a visit nothing of the photo is on disk, and nobody else was asked for anything."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, expect

from model import registry
from tests.waiting import waited
from training import page_jobs
from ui import samples

PHOTO = samples.FOLDER / "three.jpg"


def files(*folders: Path) -> dict[Path, tuple[int, int]]:
    return {path: (stat.st_size, stat.st_mtime_ns) for folder in folders for path, stat in _seen(folder)}


def _seen(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for root, folders, names in os.walk(folder):
        # What other tests write beside this one takes minutes to read, and the app knows nothing of it.
        folders[:] = [one for one in folders if not one.startswith("pytest-of-")]
        for name in names:
            path = Path(root, name)
            try:
                yield path, path.lstat()
            except OSError:  # gone again, or somebody else's
                continue


def pieces(content: bytes) -> list[bytes]:
    """Parts of the photo's own data, none of which another file holds by chance."""
    return [content[at : at + 64] for at in range(2000, len(content) - 64, len(content) // 5)]


def test_a_visit_leaves_no_trace_on_disk_and_asks_no_other_host(browser: Browser, app_address: str) -> None:
    assert waited(lambda: not page_jobs.running())  # of a page that another test left
    watched = (registry.home() / "data", registry.home() / "runs", Path(tempfile.gettempdir()))
    before = files(*watched)
    asked: list[str] = []
    page = browser.new_page(locale="en-GB")
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(app_address)
    page.set_input_files("[data-testid=stFileUploaderDropzoneInput]", PHOTO)
    expect(page.locator(".rupa-card")).to_have_count(3, timeout=30_000)
    page.get_by_role("button", name="Download").click()
    page.get_by_role("button", name="Privacy: nothing kept").click()
    page.get_by_role("button", name="Forget now").click()
    expect(page.get_by_text("Forgotten.")).to_be_visible(timeout=30_000)
    page.close()

    photo = pieces(PHOTO.read_bytes())
    written = [path for path, seen in files(*watched).items() if before.get(path) != seen]
    keeping = [path for path in written if any(part in _content(path) for part in photo)]
    here = app_address.removeprefix("http")
    assert keeping == []
    assert not [path for path in written if watched[0] in path.parents or watched[1] in path.parents]
    assert [url for url in asked if not url.startswith((f"http{here}", f"ws{here}", "data:", "blob:"))] == []


def test_the_search_would_find_the_photo(tmp_path: Path) -> None:
    before = files(tmp_path)
    (tmp_path / "copy").write_bytes(b"header" + PHOTO.read_bytes())

    [written] = [path for path, seen in files(tmp_path).items() if before.get(path) != seen]

    assert all(part in _content(written) for part in pieces(PHOTO.read_bytes()))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return b""
