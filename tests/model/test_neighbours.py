"""Which evaluation faces are like this one, and how the model did on them."""

import numpy as np
import pytest

from model import neighbours, registry
from model.neighbours import Index


def small_index(rows: int = 40) -> Index:
    rng = np.random.default_rng(0)
    return Index(
        mean=np.zeros(8, np.float32),
        directions=np.eye(8, 4, dtype=np.float32),
        vectors=rng.normal(size=(rows, 4)).astype(np.float32),
        labels=rng.integers(0, 2, rows).astype(np.uint8),
        p_male=rng.random(rows, np.float32),
        dataset=np.zeros(rows, np.uint8),
        datasets=("faces",),
        ids=tuple(f"ana/{row}.jpg\n" for row in range(rows)),
    )


def test_the_nearest_come_first_however_strongly_a_face_is_seen() -> None:
    index = small_index()
    face = np.zeros(8, np.float32)
    face[:4] = index.vectors[7] / np.linalg.norm(index.vectors[7])
    apart = np.linalg.norm(index.vectors - face[:4], axis=1)

    assert index.nearest(face, 10).tolist() == np.argsort(apart)[:10].tolist()
    assert index.nearest(9 * face, 10).tolist() == index.nearest(face, 10).tolist()


def test_no_more_neighbours_than_there_are_faces() -> None:
    index = small_index(rows=5)

    assert sorted(index.nearest(np.ones(8, np.float32), 200)) == [0, 1, 2, 3, 4]


def test_an_answer_is_right_where_the_likelier_label_is_the_faces() -> None:
    index = small_index()
    by_hand = [
        ("male" if p > 0.5 else "female") == ("female", "male")[label]
        for p, label in zip(index.p_male, index.labels, strict=True)
    ]

    assert index.right.tolist() == by_hand


def test_an_index_comes_back_from_its_file_nearly_as_it_was() -> None:
    index = small_index()

    again = neighbours.unpacked(neighbours.packed(index))

    assert again.ids == index.ids
    assert again.datasets == index.datasets
    np.testing.assert_array_equal(again.p_male, index.p_male)
    np.testing.assert_allclose(again.vectors, index.vectors, atol=np.abs(index.vectors).max() / 250)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 not really", b"\x93NUMPY\x01\0"])
def test_another_file_is_no_index(data: bytes) -> None:
    with pytest.raises(ValueError, match="not an index"):
        neighbours.unpacked(data)


@pytest.mark.parametrize("field", ["labels", "p_male", "dataset", "ids", "mean"])
def test_parts_that_do_not_fit_together_are_refused(field: str) -> None:
    index = small_index()
    shorter = neighbours.packed(
        Index(
            **{name: getattr(index, name) for name in Index.__dataclass_fields__}
            | {field: getattr(index, field)[1:]}
        )
    )

    with pytest.raises(ValueError, match="do not fit together"):
        neighbours.unpacked(shorter)


def test_a_face_of_another_network_is_not_looked_up() -> None:
    with pytest.raises(ValueError, match="embeddings"):
        small_index().nearest(np.ones(9, np.float32))


def test_the_shipped_index_is_small_and_agrees_with_its_cards_results() -> None:
    rupa = registry.find("rupa-1")
    index = neighbours.of(rupa)

    assert index is not None
    assert (rupa.folder / neighbours.NEIGHBOURS).stat().st_size < 1_000_000
    for place, name in enumerate(index.datasets):
        [said] = [r for key, r in rupa.card.results.items() if key.rpartition("-")[0] == name]
        rows = index.dataset == place
        assert rows.sum() == said["n"]
        assert index.right[rows].mean() == pytest.approx(said["accuracy"], abs=1e-9)
