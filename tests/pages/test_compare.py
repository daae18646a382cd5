"""The Compare page says what independent code finds, and copes with one model, with none, and with damaged files."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from statsmodels.stats.contingency_tables import mcnemar  # type: ignore[import-untyped]
from streamlit.testing.v1 import AppTest

from model import registry, running
from pages.parts import (
    compare_cost,
    compare_headline,
    compare_pair,
    compare_quoted,
    evaluation_photos,
)
from tests.pages.shown import words
from training import comparison, evaluations, prediction_table, quoted, statistics
from training.comparison import Change
from training.evaluations import Kept

PAGE = Path(__file__).resolve().parents[2] / "pages" / "compare.py"
FILE = "evaluation-utkface-validation.parquet"
RUPA_1 = registry.SHIPPED / "rupa-1" / FILE

Home = Callable[..., Path]


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Puts an evaluation of the same photos beside the shipped one: by another model, in a home of its own."""
    monkeypatch.setattr(registry, "home", lambda: tmp_path)
    monkeypatch.setattr(running, "status", lambda: running.Status("ready", model="rupa-1"))

    def put(name: str = "mine", lift: float = 0.5, seed: int = 1) -> Path:
        table, about = prediction_table.read(RUPA_1)
        p = np.clip(table["p_male"].to_numpy(np.float64), 1e-5, 1 - 1e-5)
        noise = np.random.default_rng(seed).normal(0, 0.7, len(p))
        score = np.log(p / (1 - p)) + noise + np.where(table["label"] == 1, lift, -lift)
        scores = np.where(table["found"], 1 / (1 + np.exp(-score)), np.nan).astype(np.float32)
        path = tmp_path / "data" / "evaluations" / f"folder-{seed}" / FILE
        prediction_table.write(
            path, table.assign(p_male=scores), replace(about, model=name, model_hash=f"{seed:064x}")
        )
        return path

    return put


def visit(spoken: str = "en") -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.query_params["lang"] = spoken
    return app.run()


def test_the_sentence_and_the_table_are_those_of_independent_code(add: Home) -> None:
    path = add()
    first, second = (prediction_table.read(one, embeddings=False)[0].query("found") for one in (RUPA_1, path))
    label = first["label"].to_numpy()
    right = [(one["p_male"].to_numpy() > 0.5) == label for one in (first, second)]
    gained, lost = int((~right[0] & right[1]).sum()), int((right[0] & ~right[1]).sum())
    p = float(mcnemar([[0, gained], [lost, 0]], exact=True).pvalue)

    app = visit()

    assert not app.exception
    told = "p &lt; 0.001" if p < 0.0005 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"
    assert f"mine is better than rupa-1: {gained} faces turned right, {lost} turned wrong ({told})" in words(
        app
    )
    assert f"{100 * right[0].mean():.1f}%" in words(app)
    assert f"{100 * right[1].mean():.1f}%" in words(app)
    assert f"+{100 * (right[1].mean() - right[0].mean()):.1f} points" in words(app)


def test_every_figure_of_both_models_is_on_the_same_faces(add: Home) -> None:
    add()
    one, other = (kept for kept in evaluations.kept() if kept.path.name == FILE)
    pair = compare_pair.opened(*((one, other) if one.shipped else (other, one)))

    rows = {row.name: row for row in compare_headline.rows(pair)}

    assert (pair.first.ids == pair.second.ids).all()
    for name in (
        "Right",
        "Women recognised",
        "Men recognised",
        "Sure enough to answer",
        "How far its percentages are off",
    ):
        row = rows[name]
        assert row.first is not None
        assert row.second is not None
        assert row.difference is not None
        assert row.difference.value == pytest.approx(row.second.value - row.first.value), name
        assert row.difference.low <= row.difference.value <= row.difference.high


def test_a_fate_is_told_from_luck_only_after_correction() -> None:
    many = {"age": {f"{n}": Change(100, 6, 0) for n in range(10)} | {"few": Change(10, 9, 0)}}

    asked = comparison.corrected(many)

    assert statistics.mcnemar_exact(6, 0) == pytest.approx(0.03125)
    assert ("age", "few") not in asked
    assert list(asked.values()) == pytest.approx([0.3125] * 10)


@pytest.mark.parametrize(
    ("gained", "lost", "verdict", "sentence"),
    [
        (31, 12, "better", "B is better than A: 31 faces turned right, 12 turned wrong (p = 0.005)."),
        (12, 31, "worse", "A is better than B, which turned 31 faces wrong and only 12 right (p = 0.005)."),
        (9, 7, "unclear", "Nobody can tell which is better: B turned 9 faces right and 7 wrong (p = 0.80)."),
        (0, 0, "unclear", "They answer alike: on every face both are right, or both are wrong."),
        (60, 0, "better", "B is better than A: 60 faces turned right, 0 turned wrong (p < 0.001)."),
    ],
)
def test_the_verdict_in_words(gained: int, lost: int, verdict: str, sentence: str) -> None:
    assert compare_headline.verdict(Change(500, gained, lost), verdict, "A", "B") == sentence


@pytest.mark.parametrize(
    ("here", "photos"),
    [(True, "utkface --split validation --from raw"), (False, "folder:photos --split all")],
)
def test_with_one_model_the_page_says_what_will_stand_there(
    here: bool, photos: str, add: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation_photos, "here", lambda dataset: here)

    app = visit()

    assert not app.exception
    assert "Only rupa-1 has been asked about these photos (UTKFace, validation photos)." in words(app)
    assert f"-m training evaluate --model mine --data {photos}" in app.code[0].value
    assert "InceptionV3" in words(app)


def test_without_any_evaluation_there_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, add: Home
) -> None:
    monkeypatch.setattr(registry, "SHIPPED", tmp_path / "nothing")

    app = visit()

    assert not app.exception
    assert "No model has been examined here yet" in words(app)
    assert "InceptionV3" in words(app)


def test_a_damaged_evaluation_is_one_sentence_and_the_rest_stays(add: Home) -> None:
    path = add()
    table = pq.read_table(path)
    spoilt = table.set_column(
        table.schema.get_field_index("label"), "label", pa.array([7] * len(table), pa.int8())
    )
    pq.write_table(spoilt.replace_schema_metadata(table.schema.metadata), path)

    app = visit()

    assert not app.exception
    assert [shown.value for shown in app.error] == [
        "The evaluation cannot be used: its column label is missing or not what it should be."
    ]
    assert "InceptionV3" in words(app)


def test_other_labels_are_one_sentence(add: Home) -> None:
    path = add()
    table, about = prediction_table.read(path)
    flipped = table["label"].mask(table.index < 5, 1 - table["label"]).astype(np.int8)
    prediction_table.write(path, table.assign(label=flipped), about)

    app = visit()

    assert [shown.value for shown in app.error] == [
        "5 photos are labelled differently in the two evaluations; run both on the same data."
    ]


def test_a_name_that_is_markup_is_shown_as_it_is(add: Home) -> None:
    add('<img src=x onerror="alert(1)">![x](http://example.com)')

    app = visit()

    assert not app.exception
    assert "<img src=x" not in words(app)
    assert "&lt;img src=x" in words(app)
    assert not [shown for shown in (*app.markdown, *app.caption) if "![x]" in shown.value]


def test_a_difference_that_cannot_be_said_says_why(add: Home) -> None:
    """Twenty faces, on which both models put every woman below every man."""
    path = add()
    table, about = prediction_table.read(path)
    few = pd.concat([part.head(10) for _, part in table[table["found"]].groupby("label")])
    kept = []
    for name, says in (("mine", 0.95), ("yours", 0.9)):
        p_male = np.where(few["label"] == 1, says, 1 - says).astype(np.float32)
        file, said = path.with_name(f"{name}.parquet"), replace(about, model=name)
        prediction_table.write(file, few.assign(p_male=p_male), said)
        kept.append(Kept(file, said, False))

    rows = {row.name: row for row in compare_headline.rows(compare_pair.opened(*kept))}

    for name, why in (
        ("Right when it answers", "not comparable: other faces"),
        ("Pairs in the right order", "no difference to be seen"),
        ("How far its percentages are off", "too few faces to tell"),
    ):
        assert rows[name].difference is None
        assert why in compare_headline._row(rows[name], 1.0)


def test_in_indonesian_with_commas_and_points(add: Home) -> None:
    add()

    app = visit("id")

    assert not app.exception
    assert app.title[0].value == "Mana yang lebih baik dari dua model?"
    assert "Keduanya melihat 2.483 wajah yang sama." in words(app)
    assert "94,8%" in words(app)


def test_two_of_one_name_can_be_told_apart() -> None:
    _, about = prediction_table.read(RUPA_1, embeddings=False)
    later = replace(about, made="2026-12-24T00:00:00+00:00")
    other = replace(about, model_hash="f" * 64)

    def named(*abouts: prediction_table.About) -> list[str]:
        return compare_pair.names([Kept(RUPA_1, one, False) for one in abouts])

    assert named(about, replace(about, model="mine")) == ["rupa-1", "mine"]
    assert named(about, later) == ["rupa-1 (21 November 2026)", "rupa-1 (24 December 2026)"]
    assert named(about, other) == [f"rupa-1 ({about.model_hash[:8]})", "rupa-1 (ffffffff)"]


def test_only_the_same_photos_in_the_same_way_are_rivals() -> None:
    _, about = prediction_table.read(RUPA_1, embeddings=False)
    chosen = Kept(RUPA_1, about, True)
    same = Kept(Path("a"), replace(about, model="mine"), False)
    others = [
        Kept(Path(f"{n}"), replace(about, **change), False)  # type: ignore[arg-type]
        for n, change in enumerate(
            ({"split": "test"}, {"dataset": "aaf"}, {"source": "crops"}, {"spec": "folder:/b/photos"})
        )
    ]

    assert compare_pair.rivals([chosen, same, *others], chosen) == [same]


def test_of_many_models_each_says_of_how_many_faces_and_how_far_it_is_from_the_first(add: Home) -> None:
    add("mine", seed=1)
    path = add("half", seed=2)
    table, about = prediction_table.read(path)
    missed = table["found"] & (table.index < 500)
    found = table["found"] & ~missed
    table = table.assign(found=found, p_male=table["p_male"].where(found))
    table["error"] = table["error"].mask(missed, "no_face")
    prediction_table.write(path, table, about)

    [listed] = [one for one in words(visit()).split("<table") if "the one the others" in one]

    lines = {line.split("</th>")[0].split(">")[-1]: line for line in listed.split("<tr>")}
    counts = {name: f"of {n:,} faces" for name, n in (("rupa-1", 2483), ("half", int(found.sum())))}
    assert all(of in lines[name] for name, of in counts.items())
    assert re.search(r"[+−]\d+\.\d points \([+−]?\d+\.\d to [+−]?\d+\.\d\): \d+ turned right", lines["half"])


def test_the_matrix_of_a_quoted_project_has_its_interval(add: Home) -> None:
    [row] = [one for one in words(visit()).split("<tr>") if "InceptionV3" in one and "96.8%" in one]

    assert row.count("<strong>96.8%</strong><small>(94.9 to 98.0)</small>") == 2


def test_how_much_better_a_model_keeps_its_word_has_an_interval(add: Home) -> None:
    path = add()
    table, about = prediction_table.read(path)
    table["p_male"] = (table["p_male"] * 0.3 + 0.35).where(table["found"])
    prediction_table.write(path, table, about)

    told = words(visit())

    assert re.search(r"keeps it better: it is (\d+\.\d) points closer \((\d+\.\d) to (\d+\.\d)\)", told)


def test_the_cost_of_the_shipped_model_is_its_files(add: Home) -> None:
    app = visit()
    del app
    artifact = registry.find("rupa-1")

    counted = compare_cost._counted(artifact.card.files["model.keras"], artifact)

    assert 5_000_000 < counted < 6_000_000
    assert counted * 4 == pytest.approx((artifact.folder / "model.keras").stat().st_size, rel=0.02)


def test_quoted_figures_carry_the_interval_of_their_photos() -> None:
    found = {(one.project, one.model, one.n): one for one in quoted.RESULTS}
    inception = found["A", "InceptionV3", 500].accuracy

    assert inception is not None
    assert (round(inception.low, 3), round(inception.high, 3)) == (0.949, 0.980)
    one_sided = found["B", "InceptionV3", 1000]
    assert (one_sided.commoner, one_sided.drawn) == (953, 901)
    assert all(one.accuracy is None for one in quoted.RESULTS if one.n is None)
    assert all(one.notes for one in quoted.RESULTS if one.right is None)


def test_the_quoted_table_says_that_it_is_quoted(add: Home) -> None:
    app = visit()

    assert "**quoted, not measured here**" in words(app)
    assert "98.5%" in words(app)
    assert "90.1%" in words(app)
    assert "rupa-1 on CelebA, test photos, of people that it never saw: 98.8% right" in words(app)
    assert compare_quoted.RESULTS == quoted.RESULTS


def test_turned_faces_are_those_of_the_tables(add: Home) -> None:
    from pages.parts import compare_flips

    add()
    kept = {one.shipped: one for one in evaluations.kept() if one.path.name == FILE}
    pair = compare_pair.opened(kept[True], kept[False])

    for right, ids in ((True, pair.found.turned_right), (False, pair.found.turned_wrong)):
        rows = compare_flips.turned(pair, right=right)
        change = pd.Series(np.abs(pair.second.p_male - pair.first.p_male)[rows])
        assert set(pair.first.ids[rows]) == set(ids)
        assert change.is_monotonic_decreasing


def test_other_orders_and_faces_missing_on_one_side_are_matched(add: Home) -> None:
    path = add()
    table, about = prediction_table.read(path)
    gone = np.flatnonzero(table["found"])[:7]
    table.loc[gone, "found"] = False
    table.loc[gone, "p_male"] = np.float32(np.nan)
    prediction_table.write(path, table.sample(frac=1, random_state=3).reset_index(drop=True), about)
    kept = {one.shipped: one for one in evaluations.kept() if one.path.name == FILE}

    pair = compare_pair.opened(kept[True], kept[False])

    assert (pair.first.ids == pair.second.ids).all()
    assert (len(pair.first.ids), pair.only_first, pair.only_second) == (2483 - 7, 7, 0)
    assert "7 more faces were found for one of them only and are left out." in words(visit())
