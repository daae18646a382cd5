"""Samples out of the data sets of this computer, however few or broken they are."""

from pathlib import Path

import pytest

from model.images import PhotoError
from pages.parts import local_samples
from tests.training.pictures import photo
from ui import language


@pytest.fixture
def sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where data sets lie while RUPA_DATA is not said."""
    monkeypatch.delenv("RUPA_DATA", raising=False)
    monkeypatch.setenv("RUPA_HOME", str(tmp_path))
    folder = tmp_path / "data" / "datasets"
    (folder / "aaf" / "female").mkdir(parents=True)
    return folder


def test_a_small_data_set_gives_what_it_has(sets: Path) -> None:
    for number in range(3):
        (sets / "aaf" / "female" / f"{number}.jpg").write_bytes(photo(number))

    [sample] = local_samples.found()

    assert sample.key == "aaf"
    assert sorted(read() for _, read in sample.photos()) == sorted(photo(number) for number in range(3))


@pytest.mark.parametrize("spoken", ["en", "id"])
def test_a_data_set_that_cannot_be_read_says_so_in_the_language_of_the_visit(
    sets: Path, monkeypatch: pytest.MonkeyPatch, spoken: str
) -> None:
    monkeypatch.setattr(language, "language", lambda: spoken)
    (sets / "aaf" / "broken.parquet").write_bytes(b"no parquet")
    [sample] = local_samples.found()

    [(name, read)] = sample.photos()

    with pytest.raises(PhotoError) as problem:
        read()
    reason = {
        "en": "broken.parquet is damaged or not a parquet file; download or copy it again",
        "id": "broken.parquet rusak atau bukan berkas parquet; unduh atau salin lagi",
    }
    assert name == "All-Age-Faces"
    assert problem.value.facts == {"reason": reason[spoken]}
