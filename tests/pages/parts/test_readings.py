"""Photos that were read: a good answer stays for the session, a passing refusal does not."""

import pytest

from model import running
from model.images import PhotoError
from model.pipeline import Reading
from pages.parts import readings
from ui import samples
from ui.uploads import Upload


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.session_state", {})


def portrait() -> Upload:
    return Upload("one.jpg", (samples.FOLDER / "astronaut.jpg").read_bytes)


@pytest.mark.parametrize("code", ["busy", "too_slow", "no_decoder"])
def test_a_refusal_that_passes_is_not_remembered(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    with monkeypatch.context() as trouble:
        refusal = Reading("one.jpg", error=PhotoError(code, seconds=10))
        trouble.setattr(running.get().pipeline, "read", lambda *_, **__: refusal)
        assert readings.of(portrait(), told=print).reading is refusal

    assert len(readings.of(portrait(), told=print).cards) == 1


def test_an_answer_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    first = readings.of(portrait(), told=print)
    monkeypatch.setattr(running.get().pipeline, "read", lambda *_, **__: pytest.fail("read again"))

    assert readings.of(portrait(), told=print) is first


def test_of_many_photos_only_the_last_few_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, dict[str, object]] = {}
    monkeypatch.setattr("streamlit.session_state", session)

    for number in range(readings.MOST_KEPT + 2):
        readings.of(Upload(f"{number}.jpg", portrait().read), told=print)

    [held] = session.values()
    assert len(held) == readings.MOST_KEPT
