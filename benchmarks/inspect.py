"""How quickly the Evaluate, Errors and Compare pages answer where an evaluation has 200,000 rows.

    python -m benchmarks.inspect [--rows 200000]

The rows are made up at random, with forty attributes and a small embedding each, three models' answers on the same
photos, and lie in a folder of their own. Streamlit's AppTest runs a page as a server does, without a browser: the time
to draw charts on the screen is not in these figures, reading the files is. First what the pages are made of, then each
page: its first view, with nothing read before, and then each thing that a person can do to it. Each line has the time
by the clock, which is judged, and that of the processor.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "pages"
MODELS = ("made-up", "made-up-too", "made-up-last")
ATTRIBUTES, EMBEDDING = 40, 16
FIRST_S, NEXT_S = 2.0, 1.0
TIMES = 3
RACES = ("White", "Black", "Asian", "Indian", "Other")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inspect", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=200_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["RUPA_HOME"] = home
        path, *_ = (_made_up(Path(home), asked.rows, model) for model in MODELS)
        print(f"{asked.rows:,} rows, {path.stat().st_size / 1e6:.1f} MB")
        _functions(path)
        import_s, _ = _timed(AppTest.from_file(PAGES / "lost.py", default_timeout=60).run)
        print(f"\n(Streamlit itself {import_s:.2f} s)")
        _page("evaluate", path, _on_evaluate)
        _page("errors", path, _on_errors)
        _page("compare", path, _on_compare)


def _made_up(home: Path, rows: int, model: str) -> Path:
    """The photos are the same for each model."""
    from training import evaluations, prediction_table
    from training.prediction_table import About
    from training.table import bands

    which = MODELS.index(model)
    random, own = np.random.default_rng(0), np.random.default_rng(which + 1)
    labels = random.integers(0, 2, rows).astype(np.int8)
    sureness = 0.5 + 0.5 * own.beta(4, 1, rows)
    p_male = np.where((labels == 1) == (own.random(rows) < 0.94), sureness, 1 - sureness)
    found = random.random(rows) < 0.99
    years = random.integers(0, 90, rows).astype(float)
    has = random.random((ATTRIBUTES, rows)) < 0.3
    vectors = list(own.normal(size=(rows, EMBEDDING)).astype(np.float16))
    table = pd.DataFrame(
        {
            "id": [f"{number:07}.jpg" for number in range(rows)],
            "label": labels,
            "p_male": np.where(found, p_male, np.nan).astype(np.float32),
            "found": found,
            "race": pd.Series(random.choice(RACES, rows), dtype="str"),
            "age": years,
            "age_band": bands(pd.Series(years)),
            **{f"attr_{number:02}": pd.Series(row, dtype="boolean") for number, row in enumerate(has)},
            "embedding": [row if seen else row[:0] for row, seen in zip(vectors, found, strict=True)],
        }
    )
    of = About(model, f"{which}" * 64, "similarity-1", 0.868, "made-up", "all", "raw", "2026-01-01", "none")
    path = evaluations.folder(of.model, home) / "evaluation-made-up-all.parquet"
    prediction_table.write(path, table, of)
    return path


def _functions(path: Path) -> None:
    from training import figures, figures_curves, figures_groups, prediction_table, verdicts
    from training.view import Selection, View
    from words.speech import Speech

    look, english = figures.LIGHT, Speech("en")
    _say("read the file", lambda: prediction_table.read(path, embeddings=False), once=True)
    table, about = prediction_table.read(path, embeddings=False)
    _say("number its groups", lambda: View.of(table, about), once=True)
    view = View.of(table, about)
    _say("calibration error, the first time", lambda: view.ece, once=True)
    _say("ROC, the first time", lambda: view.roc, once=True)
    answers, counts = view.at(), view.at().counts()
    pairs = view.groups(answers, "race", "age")
    _say("answers at a threshold", lambda: view.at(0.6, 0.9))
    _say("count them", lambda: answers.counts())
    _say("pairs of groups", lambda: view.groups(answers, "race", "age"))
    _say("verdicts on the pairs", lambda: verdicts.of_each(pairs))
    _say("choose a cell's faces", lambda: view.where(answers, Selection(label=0, predicted=1)))
    _say("draw the scores", lambda: figures.histograms(answers, 0.5, 0.868, look, english))
    _say("draw the groups", lambda: figures_groups.groups(pairs, counts, look, english))
    _say("draw the ROC again", lambda: figures_curves.roc(view, answers, look, english))


Acts = dict[str, Callable[[], object]]


def _page(name: str, path: Path, acts: Callable[[AppTest], Acts]) -> None:
    st.cache_resource.clear()
    app = AppTest.from_file(PAGES / f"{name}.py", default_timeout=120)
    app.session_state["rupa.evaluation"] = str(path)
    first = _timed(app.run)
    if app.selectbox[0].value != MODELS[0]:
        raise SystemExit("The page did not open the evaluation that was made up for it.")
    print(f"\nthe page {name}")
    _judged("first view", first, FIRST_S)
    for act, work in acts(app).items():
        taken = min(_timed(work) for _ in range(TIMES if act.startswith("move") else 1))
        if app.exception:
            raise SystemExit(f"{act}: {app.exception[0].message}")
        _judged(act, taken, NEXT_S)


def _on_evaluate(app: AppTest) -> Acts:
    turn = iter(range(55, 99))

    def tab(name: str) -> Callable[[], object]:
        def opened() -> object:
            app.session_state["rupa.evaluate.tab"] = name
            return app.run()

        return opened

    def cell(name: str | None) -> Callable[[], object]:
        def chosen() -> object:
            app.session_state["rupa.evaluate.cell"] = name
            return app.run()

        return chosen

    def by(place: int) -> Callable[[], object]:
        def chosen() -> object:
            app.session_state["rupa.evaluate.by.race.age"] = place
            return app.run()

        return chosen

    def lesson(name: str) -> Callable[[], object]:
        def opened() -> object:
            app.session_state[f"rupa.evaluate.lesson.{name}"] = True
            return app.run()

        return opened

    return {
        "move the threshold": lambda: app.slider[0].set_value(next(turn)).run(),
        "move the sureness": lambda: app.slider[1].set_value(float(next(turn))).run(),
        "open a cell's faces": cell("0-1"),
        "open all that is right": cell("1-1"),
        "tab: calibration": tab("Calibration"),
        "tab: ROC": tab("ROC"),
        "tab: precision": tab("Precision"),
        "pairs of groups": by(2),
        "only one group": lambda: app.selectbox[2].set_value(("race", "Black")).run(),
        "back to all": lambda: app.button(key="rupa-chip-race-Black").click().run(),
        "lesson: shuffled": lesson("shuffled"),
        "lesson: 500 photos": lesson("noise"),
    }


def _on_errors(app: AppTest) -> Acts:
    def chip(label: str, value: object) -> Callable[[], object]:
        return lambda: next(one for one in app.pills if one.label == label).set_value(value).run()

    def choose(label: str, value: object) -> Callable[[], object]:
        return lambda: next(one for one in app.selectbox if one.label == label).set_value(value).run()

    def face() -> object:
        """As a click on a face does, after which the faces most like it are looked for."""
        filters = next(key for key in app.session_state._state.filtered_state if key.endswith(".fate"))
        of = filters.removeprefix("rupa.errors.").removesuffix(".fate")
        app.session_state[f"rupa.errors.chosen.{of}"] = "0000002.jpg"
        app.session_state["rupa.errors.asked"] = True
        return app.run()

    return {
        "all answers, right and wrong": chip("The answer was", None),
        "only women": chip("Labelled", 0),
        "one group": choose("Race, as labelled", "Black"),
        "and one attribute": choose("Attribute", ("attr_07", "yes")),
        "the most doubtful first": choose("Order", "suspicion"),
        "the map": lambda: app.toggle(key="rupa.errors.map").set_value(True).run(),
        "back to all on the map": choose("Race, as labelled", None),
        "choose a face, the first time": face,
        "move to another order": choose("Order", "age"),
    }


def _on_compare(app: AppTest) -> Acts:
    def against(place: int) -> Callable[[], object]:
        def chosen() -> object:
            box = next(one for one in app.selectbox if one.label == "Compared with")
            return box.set_value(box.options[place]).run()

        return chosen

    def turned(name: str) -> Callable[[], object]:
        def chosen() -> object:
            app.session_state["rupa.compare.way.2"] = name
            return app.run()

        return chosen

    return {
        "faces that turned wrong": turned("wrong"),
        "faces that turned right": turned("right"),
        "compared with another, the first time": against(1),
        "back to the first": against(0),
    }


def _say(name: str, work: Callable[[], object], once: bool = False) -> None:
    clock, processor = min(_timed(work) for _ in range(1 if once else TIMES))
    print(f"  {name:<40}{clock * 1000:8.0f} ms {processor * 1000:8.0f} ms")


def _judged(name: str, taken: tuple[float, float], most: float) -> None:
    clock, processor = taken
    verdict = "holds" if clock < most else "TOO SLOW"
    print(f"  {name:<40}{clock * 1000:8.0f} ms {processor * 1000:8.0f} ms   {verdict} (under {most:.0f} s)")


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor: where others are at work the first are more."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


if __name__ == "__main__":
    main()
