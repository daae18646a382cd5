"""How quickly the Evaluate page answers where an evaluation has 200,000 rows.

    python -m benchmarks.inspect [--rows 200000]

The rows are made up at random and lie in a folder of their own. Streamlit's AppTest runs the page as a server does,
without a browser: the time to draw charts on the screen is not in these figures, reading the file is. First what the
page is made of, then the page: its first view, and then each thing that a person can do to it. Each line has the time
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
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "pages" / "evaluate.py"
FIRST_S, NEXT_S = 2.0, 1.0
TIMES = 3
RACES = ("White", "Black", "Asian", "Indian", "Other")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inspect", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=200_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["RUPA_HOME"] = home
        path = _made_up(Path(home), asked.rows)
        print(f"{asked.rows:,} rows, {path.stat().st_size / 1e6:.1f} MB")
        _functions(path)
        _page(path)


def _made_up(home: Path, rows: int) -> Path:
    from training import evaluations, prediction_table
    from training.prediction_table import About
    from training.table import bands

    random = np.random.default_rng(0)
    labels = random.integers(0, 2, rows).astype(np.int8)
    sureness = 0.5 + 0.5 * random.beta(4, 1, rows)
    p_male = np.where((labels == 1) == (random.random(rows) < 0.94), sureness, 1 - sureness)
    found = random.random(rows) < 0.99
    years = random.integers(0, 90, rows).astype(float)
    table = pd.DataFrame(
        {
            "id": [f"{number:07}.jpg" for number in range(rows)],
            "label": labels,
            "p_male": np.where(found, p_male, np.nan).astype(np.float32),
            "found": found,
            "race": pd.Series(random.choice(RACES, rows), dtype="str"),
            "age": years,
            "age_band": bands(pd.Series(years)),
        }
    )
    of = About("made-up", "0" * 64, "similarity-1", 0.868, "made-up", "all", "raw", "2026-01-01", "none")
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


def _page(path: Path) -> None:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.session_state["rupa.evaluation"] = str(path)
    started = time.perf_counter()
    # A first page in a process imports its modules; a server has done that when its second visitor comes.
    AppTest.from_file(ROOT / "pages" / "lost.py", default_timeout=60).run()
    import_s = time.perf_counter() - started
    first = _timed(app.run)
    if app.selectbox[0].value != "made-up":
        raise SystemExit("The page did not open the evaluation that was made up for it.")
    print(f"\nthe page (Streamlit itself {import_s:.2f} s)")
    _judged("first view", first, FIRST_S)
    for name, act in _interactions(app).items():
        _judged(name, min(_timed(act) for _ in range(TIMES if name.startswith("move") else 1)), NEXT_S)


def _interactions(app: AppTest) -> dict[str, Callable[[], object]]:
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


def _say(name: str, work: Callable[[], object], once: bool = False) -> None:
    clock, processor = min(_timed(work) for _ in range(1 if once else TIMES))
    print(f"  {name:<36}{clock * 1000:8.0f} ms {processor * 1000:8.0f} ms")


def _judged(name: str, taken: tuple[float, float], most: float) -> None:
    clock, processor = taken
    verdict = "holds" if clock < most else "TOO SLOW"
    print(f"  {name:<36}{clock * 1000:8.0f} ms {processor * 1000:8.0f} ms   {verdict} (under {most:.0f} s)")


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor: where others are at work the first are more."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


if __name__ == "__main__":
    main()
