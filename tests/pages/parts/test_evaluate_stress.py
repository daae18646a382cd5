"""The stress test on a page: the shipped figures in words, its button where there are none, its examples redrawn."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from model import registry
from model.card import KERAS
from pages.parts import card_stress, job_panel
from tests.pages.shown import words
from tests.training import jobs, portraits
from training import evaluation, page_jobs, statistics, stress_figure, stress_result, stress_words
from training.figures import LIGHT
from training.page_asked import Stress
from training.stress_result import Condition, Example, StressTest
from words.speech import Speech

SHIPPED = registry.SHIPPED / "rupa-1"


@pytest.fixture
def home(small_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUPA_DATA", str(tmp_path / "sets"))
    st.cache_resource.clear()
    return small_home


@pytest.fixture(scope="module")
def shipped() -> StressTest:
    return stress_result.parse((SHIPPED / "stress-utkface-validation.json").read_bytes())


def page(model: str, dataset: str) -> None:
    from pages.parts import evaluate_stress
    from training import evaluations

    [kept] = [one for one in evaluations.kept() if (one.about.model, one.about.dataset) == (model, dataset)]
    evaluate_stress.show(kept)


def visit(model: str, dataset: str, spoken: str = "en") -> AppTest:
    app = AppTest.from_function(page, default_timeout=30, kwargs={"model": model, "dataset": dataset})
    app.query_params["lang"] = spoken
    return app.run()


def test_it_says_plainly_how_many_women_in_headscarves_are_taken_for_men(
    home: Path, shipped: StressTest
) -> None:
    app = visit("rupa-1", "utkface")
    told = words(app)

    assert not app.exception
    covered = shipped.under("headscarf")
    assert covered is not None
    taken = round(100 * covered.counts.confusion[0, 1] / covered.counts.confusion[0].sum())
    assert f"Of 100 women in a drawn headscarf the model takes {taken} for men (" in told
    assert "Of the same women without it: 5 (4 to 7). The headscarf alone costs" in told
    assert "whether a covered face would be found at all is not measured here" in told
    assert "differ a little from those above." in told
    assert "<table>" in told


def test_in_indonesian_it_says_the_same(home: Path) -> None:
    told = words(visit("rupa-1", "utkface", "id"))

    assert "Dari 100 perempuan dengan kerudung yang digambar, 8 dikira laki-laki oleh model" in told
    assert "Masker medis" in told
    assert "Medical mask" not in told


def test_without_photos_the_figures_stand_and_the_faces_are_missed_in_a_sentence(home: Path) -> None:
    told = words(visit("rupa-1", "utkface"))

    assert "The photos are not on this computer, so the faces cannot be shown." in told
    assert "data:image" not in told


def test_without_figures_and_photos_there_is_a_sentence_and_no_button(home: Path) -> None:
    app = visit("rupa-1", "celeba")

    assert not app.exception
    assert not app.button
    assert "needs the photos, which are not on this computer" in words(app)


def test_a_click_makes_the_figures_in_the_background_and_shows_faces_redrawn(
    home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    for number in range(8):
        path = folder / ("female" if number % 2 else "male") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(portraits.face(number % 6))
    evaluation.evaluate("small-1", f"folder:{folder}")

    app = visit("small-1", "mine")
    app.button(key="rupa-stress-start").click().run()
    job = page_jobs.latest()
    assert job is not None
    assert job.asked == Stress("small-1", f"folder:{folder}", "all")
    assert jobs.until(jobs.over, job).state == "done"
    app.run()

    assert not app.exception
    assert "rupa-stress-start" not in [button.key for button in app.button]
    [kept] = (home / "data" / "evaluations" / "small-1").glob("stress-*.json")
    made = stress_result.parse(kept.read_bytes())
    assert len(made.conditions) == 9

    # A network that was never taught turns no portrait; let the file say that it did.
    turned = replace(made.conditions[1], examples=((Example("female/1.png", 0.9, 0.2),), ()))
    stress_result.write(kept, replace(made, conditions=(made.plain, turned, *made.conditions[2:])))
    told = words(app.run())
    assert "stress-pairs" in told
    assert told.count("<img") == 2
    assert "looks female to the model <strong>80%" in told
    assert "looks male to the model <strong>90%" in told


def test_a_recall_below_the_bar_is_named(home: Path, shipped: StressTest) -> None:
    mask = shipped.under("mask")
    assert mask is not None
    women = int(mask.counts.confusion[0].sum())
    bad = replace(mask, cells=(((0, women - 628), (0, 628)), mask.cells[1]))
    test = replace(
        shipped,
        model="small-1",
        model_hash=registry.find("small-1").card.files[KERAS],
        conditions=(shipped.plain, bad, *(one for one in shipped.redrawn if one.name != "mask")),
    )
    folder = home / "data" / "evaluations" / "small-1"
    stress_result.write(folder / "stress-utkface-validation.json", test)
    from training import prediction_table

    table, about = prediction_table.read(SHIPPED / "evaluation-utkface-validation.parquet")
    about = replace(about, model="small-1", model_hash=test.model_hash)
    prediction_table.write(folder / "evaluation-utkface-validation.parquet", table, about)

    told = words(visit("small-1", "utkface"))

    assert "Fewer than 85 of 100 are right here: Medical mask: women 49% (46 to 52)." in told


def test_a_headscarf_that_helps_is_said_to_help(
    home: Path, shipped: StressTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, covered = shipped.plain, shipped.under("headscarf")
    assert covered is not None
    missed = plain.counts.confusion[0, 1]
    cells = (((0, int(plain.counts.confusion[0, 0])), (0, int(missed))), covered.cells[1])
    unlike = replace(plain, cells=cells)
    women = int(plain.counts.confusion[0].sum())
    all_found = replace(covered, cells=(((0, women), (0, 0)), cells[1]), gained=(int(missed), 0), lost=(0, 0))
    monkeypatch.setattr(stress_result, "of", lambda _: replace(shipped, conditions=(unlike, all_found)))

    told = words(visit("rupa-1", "utkface"))

    assert "takes 0 for men (0 to &lt;1)" in told
    assert (
        "With the headscarf more women are recognised, by 5.1 points (3.9 to 6.4): the cloth itself" in told
    )
    assert "cannot be told from these photos" not in told


def test_faces_that_were_cut_out_for_the_evaluation_too_are_not_said_to_differ(
    home: Path, shipped: StressTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training import evaluations

    kept = [replace(one, about=replace(one.about, source="crops")) for one in evaluations.kept()]
    monkeypatch.setattr(evaluations, "kept", lambda: kept)
    monkeypatch.setattr(stress_result, "of", lambda _: shipped)

    assert "differ a little" not in words(visit("rupa-1", "utkface"))


def test_of_1228_women_three_are_not_none() -> None:
    low, high = statistics.wilson(1225, 1228) or (0.0, 0.0)

    said = stress_words.headscarf(1225 / 1228, low, high, Speech("en"))

    assert said == "Of 100 women in a drawn headscarf the model takes <1 for men (<1 to 1)."


def test_women_are_missed_in_a_sentence_where_there_are_none(shipped: StressTest) -> None:
    speech = Speech("en")

    def without_women(one: Condition) -> Condition:
        none = ((0, 0), (0, 0))
        return replace(one, cells=(none, one.cells[1]), gained=(0, one.gained[1]), lost=(0, one.lost[1]))

    men = tuple(map(without_women, shipped.conditions))
    n = men[0].counts.n
    test = replace(shipped, conditions=men, photos=n, not_found=0)

    drawn = stress_figure.conditions(test, LIGHT, speech)

    assert "women" not in drawn.says.partition(".")[2]
    assert "nobody" in [note.text for note in drawn.figure.layout.annotations]


def test_the_chart_shows_the_worst_first_with_intervals_and_two_kinds_of_marks(shipped: StressTest) -> None:
    drawn = stress_figure.conditions(shipped, LIGHT, Speech("en"))

    women, men = drawn.figure.data
    assert (women.marker.symbol, men.marker.symbol) == ("circle", "square")
    names = stress_words.condition_names(Speech("en"))
    written = [note.text for note in drawn.figure.layout.annotations if note.text in names.values()]
    assert written == [*(names[one.name] for one in shipped.redrawn), "As it is"]
    share = shipped.redrawn[0].counts.recall["female"]
    assert share is not None
    assert women.x[0] == share.value
    assert women.x[0] + women.error_x.array[0] == pytest.approx(share.high)


def test_about_shows_the_same_figures_from_the_card(shipped: StressTest) -> None:
    figures = registry.find("rupa-1").card.results["utkface-validation"]["stress"]

    bars = card_stress.of_label(figures, "female")

    assert [bar.share for bar in bars] == sorted(bar.share for bar in bars)
    assert bars[0].name == "Medical mask"
    assert [bar.name for bar in bars if bar.faint] == ["As it is"]
    assert json.loads(json.dumps(shipped.figures())) == figures


def test_every_reason_why_work_can_fail_has_a_sentence() -> None:
    assert job_panel.why("no_folder", {"path": "x"}).startswith("There is no folder x")
    assert job_panel.why("never heard of", {}) == page_jobs.SENTENCES["died"]
    assert job_panel.why("no_folder", {}) == page_jobs.SENTENCES["died"]
    assert job_panel.why(None, {}) == page_jobs.SENTENCES["died"]
    assert [one for one in job_panel.SENTENCES.values() if not one.endswith(".")] == []
    indonesian = Speech("id")
    for sentence in job_panel.SENTENCES.values():
        assert indonesian._filled(sentence, {}) == sentence
        assert indonesian.t(sentence) != sentence
