"""The audit finds nothing on what was shipped, and finds whatever was changed."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model import registry
from model.registry import Artifact
from training import audit, evaluations, prediction_table
from training.audit import Check
from training.evaluations import Kept


@pytest.fixture
def artifact() -> Artifact:
    return registry.find("rupa-1")


@pytest.fixture
def kept() -> Kept:
    [one] = [one for one in evaluations.kept() if one.shipped and one.about.dataset == "aaf"]
    return one


@pytest.fixture
def table(kept: Kept) -> pd.DataFrame:
    return prediction_table.read(kept.path, embeddings=False)[0]


def test_every_shipped_evaluation_matches_its_card(artifact: Artifact, tmp_path: Path) -> None:
    shipped = [one for one in evaluations.kept(tmp_path) if one.shipped and one.about.model == artifact.name]
    assert len(shipped) == 4
    for one in shipped:
        found = audit.audit(one, prediction_table.read(one.path, embeddings=False)[0], artifact)

        assert found.wrong == ()
        assert len(found.of("card")) > 60
        assert len(found.of("file")) == 5


def test_one_answer_turned_round_is_seen(artifact: Artifact, kept: Kept, table: pd.DataFrame) -> None:
    scores = table["p_male"].to_numpy(copy=True)
    row = int(np.flatnonzero(table["found"])[0])
    scores[row] = 1 - scores[row]
    table["p_male"] = scores

    found = audit.audit(kept, table, artifact)

    assert {"accuracy", "auc"} <= {check.name for check in found.wrong}


def test_labels_in_another_order_are_seen(artifact: Artifact, kept: Kept, table: pd.DataFrame) -> None:
    table["label"] = np.random.default_rng(0).permutation(table["label"].to_numpy())

    wrong = {check.name: check for check in audit.audit(kept, table, artifact).wrong}

    assert wrong["accuracy"].found == pytest.approx(0.5, abs=0.05)


def test_another_model_crop_or_sureness_is_seen(artifact: Artifact, kept: Kept, table: pd.DataFrame) -> None:
    about = replace(kept.about, model_hash="0" * 64, crop="other", sure_at=0.9)

    wrong = {check.name for check in audit.audit(replace(kept, about=about), table, artifact).wrong}

    assert {"model.keras", "crop", "sure_at"} <= wrong


def test_a_figure_missing_from_the_card_is_seen(artifact: Artifact, kept: Kept, table: pd.DataFrame) -> None:
    results = json.loads(json.dumps(artifact.card.results))
    del results["aaf-validation"]["recall"]["female"]
    changed = replace(artifact, card=replace(artifact.card, results=results))

    [wrong] = audit.audit(kept, table, changed).wrong

    assert (wrong.name, wrong.written) == ("recall · female", None)


def test_what_nobody_vouches_for_is_not_held_against_the_card(
    artifact: Artifact, kept: Kept, table: pd.DataFrame
) -> None:
    found = audit.audit(replace(kept, shipped=False), table.iloc[:100], artifact)

    assert found.of("card") == ()
    assert found.wrong == ()
    assert audit.audit(kept, table, None).checks == ()


def test_a_log_that_says_otherwise_is_seen(
    artifact: Artifact, kept: Kept, table: pd.DataFrame, tmp_path: Path
) -> None:
    run = replace(artifact, folder=tmp_path / "model")
    (tmp_path / "log.txt").write_text("2026-01-01  temperature 1.500, sure from 0.868\n")
    (tmp_path / "history.csv").write_text("epoch,val_accuracy\n1,0.9\n2,0.955\n")
    table["label"] = np.random.default_rng(0).permutation(table["label"].to_numpy())

    checks = {check.name: check for check in audit.audit(replace(kept, shipped=False), table, run).of("log")}

    assert not checks["temperature"].same
    assert checks["sure_at"].same
    assert checks["accuracy"].written == 0.955
    assert not checks["accuracy"].same


def test_a_log_of_other_photos_need_not_say_the_same_digits(
    artifact: Artifact, kept: Kept, table: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "history.csv").write_text("epoch,val_accuracy\n1,0.97\n")

    found = audit.audit(replace(kept, shipped=False), table, replace(artifact, folder=tmp_path / "model"))

    assert found.wrong == ()


def test_a_log_says_nothing_of_a_sample_too_small_or_of_photos_unlike_those_it_learnt_from(
    artifact: Artifact, kept: Kept, table: pd.DataFrame, tmp_path: Path
) -> None:
    run = replace(artifact, folder=tmp_path / "model")
    (tmp_path / "history.csv").write_text("epoch,val_accuracy\n1,0.95\n")
    found = np.flatnonzero(table["found"])
    women, men = (found[table["label"].to_numpy()[found] == label][:6] for label in (0, 1))
    few = table.iloc[[*women, *men]].copy()
    few["p_male"] = [0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.1]
    table["label"] = np.random.default_rng(0).permutation(table["label"].to_numpy())
    elsewhere = replace(kept, shipped=False, about=replace(kept.about, dataset="my-class"))

    assert audit.audit(replace(kept, shipped=False), few, run).of("log") == ()
    assert audit.audit(elsewhere, table, run).of("log") == ()


def test_a_log_that_need_not_agree_is_not_said_to_agree(
    artifact: Artifact, kept: Kept, table: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "history.csv").write_text("epoch,val_accuracy\n1,0.999\n")

    found = audit.audit(kept, table, replace(artifact, folder=tmp_path / "model"))

    assert found.of("log") == ()


def test_a_changed_card_log_or_history_is_another_state(artifact: Artifact, tmp_path: Path) -> None:
    run = replace(artifact, folder=tmp_path / "model")
    before = {audit.state(run), audit.state(replace(run, card=replace(run.card, sure_at=0.9)))}
    (tmp_path / "log.txt").write_text("a line\n")
    with_log = audit.state(run)
    (tmp_path / "history.csv").write_text("epoch\n")

    assert len({*before, with_log, audit.state(run)}) == 4


@pytest.mark.parametrize("text", ["", "epoch,loss\n1,none\n", "epoch\n\x00\x01", '"'])
def test_a_history_that_is_none_is_empty(artifact: Artifact, tmp_path: Path, text: str) -> None:
    (tmp_path / "history.csv").write_text(text)

    assert audit.history(replace(artifact, folder=tmp_path / "model")) == []


def test_the_log_says_how_many_were_watched(artifact: Artifact, tmp_path: Path) -> None:
    run = replace(artifact, folder=tmp_path / "model")
    before = audit.watched(run)
    (tmp_path / "log.txt").write_text("2026-01-01  9600 photos to learn from, 400 to watch\n")

    assert (before, audit.watched(run)) == (None, 400)


def test_numbers_agree_in_nine_digits_and_words_wholly() -> None:
    assert Check("card", "a", 0.1, 0.1 + 1e-12).same
    assert not Check("card", "a", 0.1, 0.1 + 1e-7).same
    assert not Check("card", "a", 0.1, None).same
    assert not Check("card", "a", "0-2", "3-9").same
    assert Check("card", "a", None, None).same
