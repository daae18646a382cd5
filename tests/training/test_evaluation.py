"""Every figure of a summary is scikit-learn's, whatever the order of the photos; nothing is made up."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from tests.training.tables import exact, table
from training import datasets, evaluation
from training.prediction_table import EvaluationError

SEEDS = range(50)
PROMISED = {
    "n",
    "accuracy",
    "accuracy_interval",
    "balanced_accuracy",
    "recall",
    "ece",
    "auc",
    "not_found",
    "answered",
    "accuracy_when_sure",
    "groups",
    "worst_group",
}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_figure_is_that_of_scikit_learn(seed: int) -> None:
    made = table(seed)
    threshold, sure_at = (0.5, 0.8) if seed % 2 else (0.37, 0.52)
    plain = made[made["found"]]
    truth, p = plain["label"].to_numpy(), plain["p_male"].to_numpy(np.float64)
    said = (p > threshold).astype(int)
    sure = np.where(said == 1, p, 1 - p) >= sure_at

    found = evaluation.summary(made, threshold, sure_at)

    assert (found["n"], found["photos"], found["not_found"]) == (len(plain), 400, 400 - len(plain))
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(truth, said))
    assert found["balanced_accuracy"] == pytest.approx(metrics.balanced_accuracy_score(truth, said))
    assert [list(row.values()) for row in found["confusion"].values()] == metrics.confusion_matrix(
        truth, said
    ).tolist()
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(truth, said)
    for index, label in enumerate(("female", "male")):
        assert found["precision"][label] == pytest.approx(precision[index])
        assert found["recall"][label] == pytest.approx(recall[index])
        assert found["f1"][label] == pytest.approx(f1[index])
    assert found["auc"] == pytest.approx(metrics.roc_auc_score(truth, p))
    assert found["brier"] == pytest.approx(metrics.brier_score_loss(truth, p))
    assert found["average_precision"] == pytest.approx(
        {
            "female": metrics.average_precision_score(1 - truth, 1 - p),
            "male": metrics.average_precision_score(truth, p),
        }
    )
    assert found["answered"] == pytest.approx(sure.mean())
    assert found["accuracy_when_sure"] == pytest.approx((truth == said)[sure].mean())


@pytest.mark.parametrize("seed", range(5))
def test_every_estimate_stands_inside_its_interval(seed: int) -> None:
    checked = []

    def check(found: dict[str, Any]) -> None:
        for name, interval in found.items():
            if isinstance(interval, dict) and not name.endswith("_interval"):
                check(interval)
            if not name.endswith("_interval") or interval is None:
                continue
            values = found[name.removesuffix("_interval")]
            pairs = [(values, interval)]
            if isinstance(values, dict) and isinstance(interval, dict):
                pairs = [(values[label], interval[label]) for label in values]
            for value, ends in pairs:
                if ends is not None:
                    checked.append(name)
                    lowest = -1 if name == "difference_interval" else 0
                    assert lowest <= ends[0] <= value <= ends[1] <= 1, name

    check(evaluation.summary(table(seed), sure_at=0.8))

    assert len(checked) > 100
    assert {"ece_interval", "auc_interval", "f1_interval", "difference_interval"} <= set(checked)


def test_the_promised_names_are_there_and_groups_have_theirs() -> None:
    found = evaluation.summary(table(0, n=900), sure_at=0.8)

    assert set(found) >= PROMISED
    assert set(found["groups"]) == {"race", "age"}
    assert set(found["groups"]["race"]) == {"White", "Black", "Asian", "Indian"}
    assert sum(group["n"] for group in found["groups"]["age"].values()) < found["n"]
    worst = found["worst_group"]
    assert worst["n"] >= worst["among_groups_of_at_least"] == 30
    group = found["groups"][worst["column"]][worst["group"]]
    assert worst["accuracy"] == group["accuracy"]
    assert worst["accuracy"] == min(
        group["accuracy"]
        for groups in found["groups"].values()
        for group in groups.values()
        if group["n"] >= 30
    )
    assert set(found["pairs"]["race × age"]) >= {"White × 20-29", "Black × 30-39"}
    json.dumps(found, allow_nan=False)


def test_a_shuffled_loader_gives_the_same_matrix() -> None:
    """What the students' notebooks did: answers in the order of a shuffled loader, labels in the order of the files.

    93.9% were right in the log, and the matrix that was published (221, 179; 212, 188) says 51.1%.
    """
    made = exact([[376, 24], [25, 375]])
    assert pytest.approx(0.511, abs=5e-4) == (221 + 188) / 800
    for seed in range(10):
        shuffled = made.sample(frac=1, random_state=seed)
        theirs = (made["label"].to_numpy() == (shuffled["p_male"].to_numpy() > 0.5)).mean()
        ours = evaluation.summary(shuffled)
        assert 0.45 < theirs < 0.56
        assert ours["accuracy"] == pytest.approx(0.939, abs=5e-4)
        assert ours == evaluation.summary(made) == evaluation.summary(shuffled.reset_index(drop=True))


def test_groups_do_not_depend_on_the_order_either() -> None:
    made = table(3, n=900)

    assert evaluation.summary(made.sample(frac=1, random_state=1), sure_at=0.8) == evaluation.summary(
        made, sure_at=0.8
    )


def test_a_constant_answer_stands_beside_the_accuracy() -> None:
    """953 women and 47 men: 98.5% is three points above always saying female."""
    found = evaluation.summary(exact([[945, 8], [7, 40]]))

    assert found["accuracy"] == 0.985
    assert found["constant_answer"] == {"label": "female", "accuracy": 0.953}
    assert found["balanced_accuracy"] == pytest.approx((945 / 953 + 40 / 47) / 2)
    assert found["balanced_accuracy_interval"][0] < 0.88


def test_all_right_is_not_certain() -> None:
    found = evaluation.summary(exact([[50, 0], [0, 50]]))

    assert found["accuracy"] == found["auc"] == found["f1"]["male"] == 1
    for name in ("accuracy", "balanced_accuracy", "auc"):
        assert found[f"{name}_interval"][0] < 0.97
    assert found["f1_interval"]["female"][0] < 0.97


def test_of_women_only_nothing_is_said_about_men() -> None:
    found = evaluation.summary(exact([[45, 5], [0, 0]]))

    assert found["accuracy"] == found["recall"]["female"] == 0.9
    assert found["recall"]["male"] is found["recall_interval"]["male"] is None
    assert found["balanced_accuracy"] is found["auc"] is found["average_precision"]["male"] is None
    assert found["constant_answer"] == {"label": "female", "accuracy": 1.0}
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(
    "made", [exact([[0, 0], [0, 0]]), table(1, n=30, found=0.0)], ids=["empty", "no faces"]
)
def test_without_a_face_every_estimate_is_null(made: pd.DataFrame) -> None:
    found = evaluation.summary(made)

    assert (found["n"], found["not_found"]) == (0, len(made))
    for name in ("accuracy", "balanced_accuracy", "ece", "auc", "brier", "answered", "worst_group"):
        assert found[name] is None
    assert found["constant_answer"] is None
    json.dumps(found, allow_nan=False)


def test_scores_that_are_no_numbers_end_in_a_sentence() -> None:
    made = exact([[5, 5], [5, 5]])
    made.loc[[2, 7], "p_male"] = np.nan

    with pytest.raises(EvaluationError, match="2 faces have no usable score"):
        evaluation.summary(made)


def test_photos_that_could_not_be_read_are_counted_apart() -> None:
    made = table(0, n=50, found=0.5)
    made.loc[made.index[~made["found"]][:3], "error"] = "truncated"

    found = evaluation.summary(made)

    assert found["unreadable"] == 3
    assert found["not_found"] == int((~made["found"]).sum())


def test_two_folders_of_one_name_and_the_same_names_have_two_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("a", "b"):
        (tmp_path / place / "photos" / "female").mkdir(parents=True)
        (tmp_path / place / "photos" / "female" / "1.png").write_bytes(b"x")

    def file(data: str) -> str:
        return evaluation.file_name(datasets.open_dataset(data), "all", "raw", evaluation.spec_of(data))

    first, second = (file(f"folder:{tmp_path / place / 'photos'}") for place in ("a", "b"))
    monkeypatch.chdir(tmp_path)

    assert first != second
    assert file("folder:a/photos") == first
    assert evaluation.spec_of("utkface") == ""
