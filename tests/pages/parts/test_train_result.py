"""The result of a run: what the comparison says, who may let which model answer, and what can be taken home."""

import ast
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from babel.messages.pofile import read_po
from streamlit.testing.v1 import AppTest

from model import card as cards
from model import registry, running
from model.card import KERAS, LITERT
from tests.model import small_network
from tests.pages.shown import keys, press, words
from tests.training import jobs as at_work
from tests.training import queued, tables
from tests.training.test_gate import tables as flipped
from training import (
    evaluations,
    fit,
    formats,
    gate,
    gate_words,
    jobs,
    learnt,
    page_jobs,
    prediction_table,
    promotion,
    run_state,
)
from training.page_asked import Export, Judge
from ui import access
from words.speech import LOCALES

ROOT = Path(__file__).resolve().parents[3]
FILE = "evaluation-photos-0123abcd-test-crops.parquet"
BETTER, ALIKE, WORSE = (400, 40, 2), (400, 5, 5), (400, 2, 40)

Make = Callable[..., str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What the app keeps: the model "old", which answers, and nothing at work afterwards."""
    home = tmp_path / "home"
    small_network.artifact(home / "runs" / "old" / "model")
    monkeypatch.setenv("RUPA_HOME", str(home))
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "sets"))
    monkeypatch.setenv("RUPA_DEVICE", "cpu")
    monkeypatch.setattr(running, "_opening", None)
    registry.activate("old")
    st.cache_resource.clear()
    yield home
    at_work.kill_all()
    opening = running._opening
    if opening is not None and not opening.exception():
        opening.result().service.close()


@pytest.fixture
def make(home: Path) -> Make:
    """A finished run with these flips against "old"; `races` may carry other names."""

    def made(flips: tuple[int, int, int], name: str = "new", race: str = "White") -> str:
        folder = home / "runs" / name / "model"
        run_state.begin(folder.parent, ["folder:photos"], queued.TINY, name)
        shutil.copytree(home / "runs" / "old" / "model", folder)
        before, after = flipped({race: flips})
        keep(folder / FILE, after, cards.read(folder))
        card = cards.read(folder)
        cards.write(folder, replace(card, files={**card.files, FILE: cards.sha256(folder / FILE)}))
        keep(evaluations.folder("old") / FILE, before, registry.find("old").card)
        run_state.mark(folder.parent, "done")
        return name

    return made


def keep(path: Path, table: pd.DataFrame, card: cards.Card) -> None:
    said = tables.about(model_hash=card.files[KERAS], source="crops", split="test")
    prediction_table.write(path, table.astype({"p_male": "float32"}), said)


def page() -> None:
    import streamlit as st

    from pages.parts import train_result, train_steps

    if st.query_params["run"]:
        train_steps.watch_id(st.query_params["run"])
    st.markdown(f"folded: {train_result.line()}")
    train_result.show()


def line_below() -> None:
    from pages.parts import footer

    footer.show()


def visit(run: str, spoken: str = "en") -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["lang"] = spoken
    app.query_params["run"] = run
    return again(app)


def again(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception, app.exception
    return app


def test_a_better_model_is_promoted_answers_at_once_and_is_gone_back_from(home: Path, make: Make) -> None:
    before = running.get()
    app = visit(make(BETTER))

    assert (
        "Better on 40, worse on 2 of 400 faces. That is better by more than luck. Of no group can it"
        in words(app)
    )
    assert "folded: Better on 40, worse on 2 of 400 faces" in words(app).replace("\\", "")
    assert "Now answers: **old**" in words(app)
    press(app, "rupa-promote")

    assert (registry.active_name(), running.get().artifact.name) == ("new", "new")
    assert not before.service._worker.is_alive()
    assert "new answers from now on, for everybody here." in words(app)
    assert "folded: answers now" in words(app)
    assert "as the comparison advised" in words(app)
    assert "rupa-promote" not in keys(app)
    press(app, "rupa-roll-back")

    assert (registry.active_name(), running.get().artifact.name) == ("old", "old")
    assert "old answers again" in words(app)
    assert "rupa-roll-back" not in keys(app)
    assert [change.kind for change in promotion.history()] == ["roll_back", "promote"]


def test_two_who_go_back_to_the_same_model_go_back_once(home: Path, make: Make) -> None:
    for name in ("new", "newer"):
        make(BETTER, name)
        promotion.promote(name, "to see")
    app, other = visit("newer"), visit("newer")
    press(app, "rupa-roll-back")
    assert registry.active_name() == "new"

    press(other, "rupa-roll-back")

    assert registry.active_name() == "new"
    assert "Somebody changed meanwhile which model answers" in words(other)


def test_what_a_model_before_it_saw_of_the_photos_is_said_beside_the_comparison(
    home: Path, make: Make
) -> None:
    runs = home / "runs"
    make(BETTER)
    (runs / "old" / learnt.LEARNT).write_bytes(b"photo 1.photo 2.")
    (runs / "new" / learnt.JUDGED).write_bytes(b"photo 2.photo 3.photo 4.")

    assert "old saw 1 of these 3 photos while it learnt; that is unfair to the new model." in words(
        visit("new")
    )
    card = registry.find("new").card
    cards.write(runs / "new" / "model", replace(card, recipe={"start": "old"}))
    st.cache_resource.clear()
    shutil.rmtree(home / "data" / "evaluations")

    said = words(visit("new")).replace("\\", "")
    assert "old has not been asked about the same" in said
    assert "old, from which new began, saw 1 of these 3 photos while it learnt" in said


def test_what_it_may_know_by_heart_does_not_speak_for_a_model(home: Path, make: Make) -> None:
    runs = home / "runs"
    make(BETTER)
    card = registry.find("new").card
    shutil.copytree(runs / "old" / "model", runs / "before" / "model")
    (runs / "before" / learnt.LEARNT).write_bytes(b"photo 1.photo 2.")
    (runs / "new" / learnt.JUDGED).write_bytes(b"photo 2.photo 3.photo 4.")
    for start, speaks in (("before", "neither for nor against"), ("old", "for")):
        cards.write(runs / "new" / "model", replace(card, recipe={"start": start}))
        (runs / "old" / learnt.LEARNT).write_bytes(b"photo 1.photo 2.")
        st.cache_resource.clear()

        said = words(visit("new")).replace("\\", "")

        assert f"{start}, from which new began, saw 1 of these 3 photos while it learnt" in said
        assert f"The comparison speaks {speaks} the new model." in said


def test_a_model_that_cannot_be_opened_does_not_answer_and_the_one_before_goes_on(
    home: Path, make: Make
) -> None:
    folder = home / "runs" / make(BETTER) / "model"
    (folder / LITERT).write_bytes(b"no network")
    card = cards.read(folder)
    cards.write(folder, replace(card, files={**card.files, LITERT: cards.sha256(folder / LITERT)}))
    app = visit("new")

    press(app, "rupa-promote")

    assert "new cannot be opened" in words(app)
    assert "old goes on answering." in words(app)
    assert (registry.active_name(), running.get().artifact.name) == ("old", "old")
    assert [change.kind for change in promotion.history()] == ["roll_back", "promote"]


def test_who_comes_back_later_is_shown_the_run_that_ended_last(home: Path, make: Make) -> None:
    make(BETTER, "first")
    make(ALIKE, "second")
    app = visit("")

    assert "The run that ended last: **second**" in words(app)
    press(app, "rupa-result-latest")

    assert "Better on 5, worse on 5 of 400 faces" in words(app)


def test_in_indonesian_every_line_and_every_group_is_indonesian(home: Path, make: Make) -> None:
    app = visit(make((400, 2, 40), race="Middle Eastern"), "id")

    said = words(app)
    assert "Lebih baik pada 2, lebih buruk pada 40 dari 400 wajah." in said
    assert "Timur Tengah turun melebihi sekadar kebetulan" in said
    assert "lost" not in said
    assert [one.label for one in app.button if one.key == "rupa-keep"] == ["Pertahankan yang lama"]


@pytest.mark.parametrize(("flips", "answer"), [(ALIKE, "unclear"), (WORSE, "keep")])
def test_against_the_comparison_only_with_a_reason_which_is_kept(
    home: Path, make: Make, flips: tuple[int, int, int], answer: str
) -> None:
    app = visit(make(flips))
    assert "rupa-promote" not in keys(app)
    press(app, "rupa-promote-anyway")
    assert "write down why it should answer anyway" in words(app)
    assert (registry.active_name(), promotion.history()) == ("old", [])

    app.text_area(key="rupa-reason-new-text").input("It is *smaller*.")
    press(app, "rupa-promote-anyway")

    [change] = promotion.history()
    assert (registry.active_name(), change.verdict, change.reason) == ("new", answer, "It is *smaller*.")
    assert r"because: It is \*smaller\*\." in words(app)


def test_the_old_one_is_kept_on_a_click(home: Path, make: Make) -> None:
    app = press(visit(make(ALIKE)), "rupa-keep")

    assert "old goes on answering" in words(app)
    assert (registry.active_name(), promotion.history()) == ("old", [])


def test_whoever_may_not_sees_everything_and_changes_nothing(
    home: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(BETTER)
    promotion.promote("new")
    make(ALIKE, name="newer")
    keep(evaluations.folder("new") / FILE, flipped({"White": ALIKE})[0], registry.find("new").card)
    app, other = visit("newer"), visit("newer")
    before = promotion.history()
    monkeypatch.setattr(access, "presenter", lambda: False)

    app.text_area(key="rupa-reason-newer-text").input("I am sly")
    press(app, "rupa-promote-anyway")  # as it was drawn while it still was allowed
    assert "Only the presenter can change which model answers. Nothing was changed." in words(app)
    press(other, "rupa-roll-back")

    assert app.button(key="rupa-roll-back").disabled
    assert "Only the presenter can do this" in words(app)
    assert "Better on 5" in words(app)
    assert "These are the presenter's own photos" in words(app)
    assert (registry.active_name(), promotion.history()) == ("new", before)


def test_a_model_whose_files_are_not_those_of_its_card_is_not_spoken_of(home: Path, make: Make) -> None:
    app = visit(make(BETTER))
    with (home / "runs" / "new" / "model" / LITERT).open("ab") as file:
        file.write(b"!")

    press(app, "rupa-promote")

    assert r"is not the one its card describes" in words(app)
    assert "rupa-promote" not in keys(app)
    assert (registry.active_name(), promotion.history()) == ("old", [])


def test_names_are_no_markup(home: Path, make: Make) -> None:
    app = visit(make((400, 2, 40), race="<img src=x onerror=alert(1)>"))

    said = words(app)
    assert "&lt;img src=x onerror=alert(1)&gt; lost more than can be luck" in said
    assert "<img src=x" not in said


def test_the_three_ways_on_open_on_these_two(home: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    went: list[str] = []
    monkeypatch.setattr(st, "switch_page", lambda page, query_params: went.append(page))
    app = visit(make(BETTER))
    mine, other = home / "runs" / "new" / "model" / FILE, evaluations.folder("old") / FILE
    expected = [("evaluate", mine), ("errors", mine), ("compare", other)]

    for name, chosen in expected:
        press(app, f"rupa-result-{name}")
        assert app.session_state["rupa.evaluation-next"] == str(chosen)
    assert [Path(page).stem for page in went] == [name for name, _ in expected]
    assert all((ROOT / "ui" / page).resolve().is_file() for page in went)
    assert app.session_state["rupa.compare.second"] == str(mine)


def test_before_anything_is_done_the_page_says_what_will_stand_here(home: Path) -> None:
    app = visit("nobody")

    assert "Once a run is done" in words(app)
    assert "folded: None" in words(app)
    assert "Now answers: **old**" in words(app)


def test_a_real_run_is_compared_after_the_model_that_answers_was_asked_and_taken_home(
    home: Path, tmp_path: Path
) -> None:
    shutil.copytree(home / "runs" / "old", home / "runs" / "small-1")
    asked = queued.asked(queued.photos(tmp_path / "photos", 2), 1, "kelas")
    run = jobs.enqueue(asked)
    assert fit.go_on(run.folder) == "done"
    shutil.rmtree(home / "data" / "evaluations", ignore_errors=True)

    app = visit(run.id)
    assert "old has not been asked about the same 4 photos yet" in words(app)
    press(app, "rupa-result-judge")
    job = page_jobs.latest()
    assert job is not None
    assert job.asked == Judge("old", run.id)
    assert at_work.until(at_work.over, job).state == "done"

    again(app)
    assert "Only 4 faces to compare on; at least 30 are needed to tell anything." in words(app)
    app.text_area(key=f"rupa-reason-{run.id}-text").input("to see")
    press(app, "rupa-promote-anyway")
    assert running.get().artifact.name == run.id
    about = AppTest.from_file(ROOT / "pages" / "about.py", default_timeout=60).run()
    assert not about.exception, about.exception
    assert f"**{run.id}** looks at a picture" in words(about)
    below = AppTest.from_function(line_below, default_timeout=60).run()
    assert not below.exception, below.exception
    assert below.caption[0].value.startswith(run.id)

    app.session_state["rupa-result-files"] = True
    again(app)
    assert "Keras file, 0" in "".join(one.proto.label for one in app.get("download_button"))
    press(app, f"rupa-make-onnx-{run.id}")
    job = page_jobs.latest()
    assert job is not None
    assert job.asked == Export(run.id, "onnx")
    assert at_work.until(at_work.over, job).state == "done", (job.folder / "log.txt").read_text()[-500:]
    again(app)
    assert re.search(r"Same answer on 64 of 64 made-up pictures, .* at most 0\.000", words(app))
    assert formats.kept(registry.find(run.id))
    registry.activate("old")
    jobs.delete(run)
    assert not (home / "data" / "exports" / run.id).exists()


def test_the_gate_is_asked_once_while_nothing_changes(
    home: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = gate.gate

    def counted(candidate: str, active: str) -> gate.Verdict:
        asked.append(candidate)
        return real(candidate, active)

    monkeypatch.setattr(gate, "gate", counted)
    app = visit(make(BETTER))
    again(app)
    assert asked == ["new"]

    keep(evaluations.folder("old") / FILE, flipped({"White": ALIKE})[0], registry.find("old").card)
    again(app)

    assert asked == ["new", "new"]


def shipped() -> None:
    from model import registry
    from pages.parts import train_result_verdict

    train_result_verdict.own(registry.find("rupa-1"))


def test_women_and_men_recognised_carry_their_intervals() -> None:
    app = AppTest.from_function(shipped).run()

    share = r"\d+\.\d% \(\d+\.\d to \d+\.\d\)"
    assert re.search(rf"Women recognised: {share}\. Men recognised: {share}\.", words(app))


def test_every_sentence_of_a_comparison_and_a_change_has_its_indonesian() -> None:
    with (LOCALES / "id.po").open("rb") as file:
        known = read_po(file, locale="id")
    for table in (gate_words.SENTENCES, promotion.SENTENCES, formats.SENTENCES):
        assert [one for one in table.values() if one not in known] == []


def test_no_page_takes_a_model() -> None:
    """Models are never uploaded: who asks for files names no kind of model, and has nothing that opens one."""
    asking = []
    for file in (*(ROOT / "pages").rglob("*.py"), *(ROOT / "ui").rglob("*.py")):
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        if not any(isinstance(node, ast.Attribute) and node.attr == "file_uploader" for node in nodes):
            continue
        asking.append(file)
        said = [
            node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        assert not {"keras", "h5", "tflite", "onnx", "pkl", "pb", "npz"} & {
            one.lower().lstrip(".") for one in said
        }
        imported = {name.name for node in nodes if isinstance(node, ast.ImportFrom) for name in node.names}
        assert not {"classifier", "registry", "card", "export", "formats"} & imported, file
    assert asking
