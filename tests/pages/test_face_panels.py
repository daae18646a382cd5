"""What opens under a face, with the real model: each panel, in both languages, and what is kept of a face and when."""

import base64
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from model import flip, neighbours, registry, running
from model.explain import HeatMap, explain
from model.images import PhotoError
from model.pipeline import Reading
from model.registry import Artifact
from pages.parts import evaluation_photos, panel_flip, panel_record
from pages.parts.session_errors import NO_FACE, WrongAnswer
from training import flagged, statistics
from training.folders import open_folder
from training.table import DatasetError

PAGE = Path(__file__).parent / "one_face.py"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path))
    return tmp_path


def _opened(panel: str | None = None, **address: str) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    for name, value in address.items():
        page.query_params[name] = value
    page.run()
    if panel:
        page.pills[0].set_value(panel).run()
    assert not page.exception
    return page


def _text(page: AppTest) -> str:
    parts = [*page.html, *page.markdown, *page.caption]
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", part.value, flags=re.S) for part in parts)


def _files(home: Path) -> list[str]:
    return [path.relative_to(home).as_posix() for path in sorted(home.rglob("*")) if path.is_file()]


def test_nothing_is_worked_out_before_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("model.explain.explain", "model.flip.sweeps", "model.neighbours.of", "ui.heat.painted"):
        monkeypatch.setattr(place, lambda *_, **__: pytest.fail("it ran"))

    page = _opened()

    assert page.pills[0].options == ["Why?", "Track record", "What would flip it", "That's wrong"]
    assert _text(page).strip() == ""


def test_why_shows_the_face_painted_and_says_what_that_means() -> None:
    page = _opened("why")
    before = next(part.value for part in page.html if "<img" in part.value)
    page.slider[0].set_value(0).run()
    plain = next(part.value for part in page.html if "<img" in part.value)

    assert "spoke for female" in _text(page)
    assert "not why it counts" in _text(page)
    assert before != plain
    assert not page.exception


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("occlusion", "Each place was blurred in turn"),
        ("activation", "coarse map, read from the network itself: how much"),
        ("gradient", "coarse map, read from the network itself: about how much"),
    ],
)
def test_why_says_how_its_map_was_made(monkeypatch: pytest.MonkeyPatch, method: str, words: str) -> None:
    flat = np.linspace(-1, 1, 64, dtype=np.float32).reshape(8, 8)
    monkeypatch.setattr("model.explain.explain", lambda *_: HeatMap(flat.clip(0), flat, method))

    said = _text(_opened("why"))

    assert words in said
    assert ("blurred in turn" in said) == (method == "occlusion")


def test_another_model_does_not_find_what_was_worked_out_for_this_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def counted(artifact: Artifact, *rest: Any) -> HeatMap:
        asked.append(artifact.name)
        return explain(artifact, *rest)

    monkeypatch.setattr("model.explain.explain", counted)
    page = _opened("why")
    engine = running.get()
    another = replace(engine, artifact=replace(engine.artifact, name="another"))
    monkeypatch.setattr(running, "get", lambda: another)

    page.run()
    assert page.pills[0].value is None
    page.pills[0].set_value("why").run()

    assert asked == ["rupa-1", "another"]


@pytest.mark.parametrize("failing", ["reading", "opening"])
def test_a_photo_that_could_not_be_shown_for_a_moment_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    sample = (Path(__file__).parents[1] / "samples" / "astronaut.png").read_bytes()
    table = pd.DataFrame({"id": ["one.png"]})
    dataset = SimpleNamespace(table=table, read=lambda row: sample)
    engine = running.get()
    busy = SimpleNamespace(pipeline=SimpleNamespace(read=lambda data: Reading("", error=PhotoError("busy"))))
    evaluation_photos.forget()
    panel_record._thumbnail.clear()

    def gone(name: str) -> None:
        raise DatasetError("no_folder", path=name)

    with monkeypatch.context() as trouble:
        trouble.setattr(
            "training.datasets.open_dataset", gone if failing == "opening" else lambda name: dataset
        )
        trouble.setattr(running, "get", lambda: busy if failing == "reading" else engine)
        with pytest.raises(evaluation_photos.PhotoMissingError):
            panel_record._thumbnail("mended", "one.png")
    monkeypatch.setattr("training.datasets.open_dataset", lambda name: dataset)

    assert panel_record._thumbnail("mended", "one.png").startswith("data:image/jpeg")


def test_the_track_record_is_what_counting_by_hand_gives() -> None:
    page = _opened("record")
    reading = page.session_state.reading
    answer = max(reading.faces, key=lambda one: one.face.score)
    index = neighbours.of(registry.find("rupa-1"))
    assert index is not None
    wanted = (neighbours.unit(answer.embedding) - index.mean) @ index.directions
    near = np.argsort(np.linalg.norm(index.vectors - wanted, axis=1))[:200]
    right = int(index.right[near].sum())
    interval = statistics.wilson(right, 200)
    assert interval

    low, high = (f"{100 * end:.0f}" for end in interval)
    said = f"Of the 200 evaluation faces most like this one, the model got {right} right ({low} to {high}%)."
    assert said in _text(page)


def test_a_model_without_an_index_has_no_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel_record, "_index", lambda digest, artifact: None)

    assert "no record to show" in _text(_opened("record"))


def test_of_six_faces_one_is_wrong_where_any_is() -> None:
    index = neighbours.of(registry.find("rupa-1"))
    assert index is not None
    right, wrong = np.flatnonzero(index.right), np.flatnonzero(~index.right)

    assert panel_record._six(index, right[:200]) == right[:6].tolist()
    assert panel_record._six(index, np.r_[right[:100], wrong[:9]]) == [*right[:5].tolist(), wrong[0]]
    assert panel_record._six(index, np.r_[wrong[:9], right[:9]]) == wrong[:6].tolist()


def test_a_slider_is_moved_to_where_the_answer_turns_and_the_others_go_back() -> None:
    page = _opened("flip")
    tilt = next(slider for slider in page.select_slider if slider.label == "Tilt")
    tilt.set_value(10).run()
    show = next(button for button in page.button if "sharpness" in str(button.key))
    show.click().run()

    at = {slider.label: slider.value for slider in page.select_slider}
    assert at["Sharpness"] != 0
    assert (at["Light"], at["Tilt"], at["Distance"]) == (0, 0, 0)
    change = panel_flip.effect(flip.SHARPNESS, int(str(at["Sharpness"])))
    assert f"This answer turns to “not sure” when the photo is {change}." in _text(page)
    assert 'class="rupa-card unsure"' in "".join(part.value for part in page.html)


def test_a_picture_taken_whole_can_be_darker_and_blurrier_only() -> None:
    page = _opened("flip", whole="yes")

    assert [slider.label for slider in page.select_slider] == ["Light", "Sharpness"]


def test_a_wrong_answer_joins_the_session_and_not_the_disk(home: Path) -> None:
    page = _opened("wrong")
    page.pills[1].set_value("male").run()

    [wrong] = page.session_state["rupa.wrong"]
    assert isinstance(wrong, WrongAnswer)
    assert (wrong.said, wrong.should_be, wrong.kept) == ("female", "male", None)
    assert "you found 1 mistake in this session" in _text(page)
    assert _files(home) == []


def test_who_changes_their_mind_leaves_one_record_or_none() -> None:
    page = _opened("wrong")
    page.pills[1].set_value("male").run()
    page.pills[1].set_value(NO_FACE).run()
    [wrong] = page.session_state["rupa.wrong"]
    page.pills[1].set_value(None).run()

    assert wrong.should_be == NO_FACE
    assert page.session_state["rupa.wrong"] == []


def test_a_face_is_kept_only_after_consent_and_a_press(home: Path) -> None:
    page = _opened("wrong")
    page.pills[1].set_value("male").run()
    keep = next(button for button in page.button if button.label == "Keep it for teaching")
    assert keep.disabled
    assert _files(home) == []

    page.checkbox[0].check().run()
    assert _files(home) == []

    next(button for button in page.button if button.label == "Keep it for teaching").click().run()
    [name] = flagged.ids()
    assert _files(home) == ["data/flagged/.lock", f"data/flagged/male/{name}.jpg", "data/flagged/said.jsonl"]
    assert len(open_folder(home / "data" / "flagged")) == 1
    assert page.session_state["rupa.wrong"][0].kept == name
    assert "Kept. 1 face waits" in page.success[0].value

    next(button for button in page.button if button.label == "Delete it again").click().run()
    assert flagged.ids() == []
    assert page.session_state["rupa.wrong"][0].kept is None
    assert not page.checkbox[0].value


def test_what_cannot_be_taught_with_is_not_asked_for(home: Path) -> None:
    page = _opened("wrong")
    page.pills[1].set_value(NO_FACE).run()

    assert len(page.checkbox) == 0
    assert [button.label for button in page.button] == [
        "See where it looked",
        "See what would have turned it",
    ]


def test_the_very_picture_that_is_kept_is_shown_before(home: Path) -> None:
    page = _opened("wrong")
    page.pills[1].set_value("male").run()
    shown = next(part.value for part in page.html if "The picture that would be kept" in part.value)

    page.checkbox[0].check().run()
    next(button for button in page.button if button.label == "Keep it for teaching").click().run()

    kept = flagged.face(flagged.ids()[0])
    assert kept is not None
    assert base64.b64encode(kept.jpeg).decode() in shown


def test_a_picture_taken_whole_is_not_kept() -> None:
    page = _opened("wrong", whole="yes")
    likely = page.session_state.reading.faces[0].label
    page.pills[1].set_value("male" if likely == "female" else "female").run()

    assert "you found 1 mistake" in _text(page)
    assert len(page.checkbox) == 0
    assert "Keep it for teaching" not in [button.label for button in page.button]


def test_a_face_that_was_deleted_elsewhere_is_kept_no_longer() -> None:
    page = _opened("wrong")
    page.pills[1].set_value("male").run()
    page.checkbox[0].check().run()
    next(button for button in page.button if button.label == "Keep it for teaching").click().run()

    flagged.delete(flagged.ids()[0])
    page.run()

    assert len(page.success) == 0
    assert page.session_state["rupa.wrong"][0].kept is None
    assert page.pills[1].value == "male"


def test_a_full_store_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flagged, "MAX_FACES", 0)
    page = _opened("wrong")
    page.pills[1].set_value("male").run()
    page.checkbox[0].check().run()
    next(button for button in page.button if button.label == "Keep it for teaching").click().run()

    assert "no more are taken" in page.warning[0].value


def test_a_wrong_answer_leads_on_to_what_would_have_turned_it() -> None:
    page = _opened("wrong")
    page.pills[1].set_value("male").run()
    next(button for button in page.button if button.label == "See what would have turned it").click().run()

    assert page.pills[0].value == "flip"
    assert len(page.select_slider) == 4


@pytest.mark.parametrize(
    ("panel", "words"),
    [
        ("why", "Separuh petunjuk"),
        ("record", "Dari 200 wajah ujian"),
        ("flip", "Jawaban ini berubah menjadi “belum yakin” bila fotonya"),
        ("wrong", "Seharusnya apa jawabannya?"),
    ],
)
def test_every_panel_speaks_indonesian(panel: str, words: str) -> None:
    page = _opened(panel, lang="id")

    assert page.pills[0].options == ["Mengapa?", "Rekam jejak", "Apa yang membalikkannya", "Ini keliru"]
    assert words in _text(page)
