"""The index of neighbours, made from a finished model's evaluations."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model import card as cards
from model import neighbours as index_file
from model import registry
from model.neighbours import COUNT, NEIGHBOURS, Index
from training import neighbours, prediction_table
from training.__main__ import main
from training.prediction_table import About

QUERIES = 60


@pytest.fixture(scope="module")
def evaluations() -> list[tuple[pd.DataFrame, About]]:
    folder = registry.find("rupa-1").folder
    return [prediction_table.read(path) for path in sorted(folder.glob("evaluation-*.parquet"))]


@pytest.fixture(scope="module")
def built(evaluations: list[tuple[pd.DataFrame, About]]) -> Index:
    index = neighbours.build(evaluations)
    assert index is not None
    return index_file.unpacked(index_file.packed(index))


@pytest.fixture(scope="module")
def faces(evaluations: list[tuple[pd.DataFrame, About]]) -> pd.DataFrame:
    tables = [table[table["found"]].assign(dataset=about.dataset) for table, about in evaluations]
    return pd.concat(tables, ignore_index=True)


def test_the_index_finds_nearly_the_faces_that_the_whole_embedding_finds(
    built: Index, faces: pd.DataFrame
) -> None:
    whole = np.stack(faces["embedding"].to_list()).astype(np.float32)
    alike = index_file.unit(whole)
    male = faces["p_male"].to_numpy() > 0.5
    right = male == (faces["label"].to_numpy() == 1)
    shared, off = [], []
    for row in np.random.default_rng(1).choice(len(faces), QUERIES, replace=False):
        by_hand = np.argsort(-(alike @ alike[row]), kind="stable")[:COUNT]
        found = built.nearest(whole[row])
        shared.append(len(set(by_hand) & set(found)) / COUNT)
        off.append(abs(int(right[by_hand].sum()) - int(built.right[found].sum())))

    assert min(shared) > 0.9
    assert np.mean(shared) > 0.97
    assert max(off) <= 3


def test_each_row_is_the_face_that_the_evaluation_says(built: Index, faces: pd.DataFrame) -> None:
    assert list(built.ids) == faces["id"].to_list()
    assert [built.datasets[place] for place in built.dataset] == faces["dataset"].to_list()
    np.testing.assert_array_equal(built.labels, faces["label"])


def test_a_finished_model_gets_its_index_and_its_card_says_so(tmp_path: Path) -> None:
    rupa = registry.find("rupa-1")
    names = ["evaluation-celeba-test.parquet", cards.KERAS, cards.LITERT]
    folder = tmp_path / "model"
    folder.mkdir()
    for name in names:
        shutil.copy(rupa.folder / name, folder)
    before = replace(rupa.card, files={name: rupa.card.files[name] for name in names})

    after = neighbours.add(folder, before)

    assert cards.read(folder) == after
    assert after.files == {**before.files, NEIGHBOURS: cards.sha256(folder / NEIGHBOURS)}
    opened = index_file.of(registry.Artifact("own", folder, after, shipped=False))
    assert opened is not None
    assert len(opened) == rupa.card.results["celeba-test"]["n"]


def test_of_very_many_faces_some_are_drawn(
    evaluations: list[tuple[pd.DataFrame, About]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "MAX_ROWS", 100)

    index = neighbours.build(evaluations)

    assert index is not None
    assert len(index) == 100
    assert len(set(index.ids)) == 100


def test_without_faces_there_is_no_index() -> None:
    assert neighbours.build([]) is None


def test_the_terminal_says_which_models_there_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["neighbours", "--model", "nobody"]) == 1
    assert "no model called 'nobody'" in capsys.readouterr().err
