"""A report says an evaluation's figures in either language, shows nobody unasked, and lets no name be markup."""

import base64
import hashlib
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model import registry
from tests.training.tables import about, exact, table
from training import evaluations, prediction_table, report, report_command, report_faces, report_subject
from training.__main__ import main
from training.evaluations import Kept
from training.prediction_table import EvaluationError
from words.speech import Language, Speech

HOSTILE = '<img src=x onerror="alert(1)"></script><script>alert(2)</script>'
RUPA_1 = registry.SHIPPED / "rupa-1" / "evaluation-utkface-validation.parquet"


def without_scripts(page: str) -> str:
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def in_words(page: str) -> str:
    return re.sub(
        r"\s+",
        " ",
        re.sub(r"<[^>]*>", " ", re.sub(r"<style>.*?</style>", "", without_scripts(page), flags=re.S)),
    )


@pytest.fixture(scope="module")
def shipped() -> Kept:
    [found] = [one for one in evaluations.kept() if one.path == RUPA_1]
    return found


@pytest.fixture(scope="module")
def english(shipped: Kept) -> str:
    return report.make(shipped)


def kept(folder: Path, rows: pd.DataFrame, **changes: object) -> Kept:
    said = about(**changes)
    path = folder / "evaluation-photos-all.parquet"
    prediction_table.write(path, rows, said)
    return Kept(path, said, False)


def test_the_figures_are_those_of_the_table(english: str) -> None:
    rows = prediction_table.read(RUPA_1, embeddings=False)[0].query("found")
    p_male = rows["p_male"].to_numpy()
    said = p_male > 0.5
    label = rows["label"].to_numpy() == 1
    sure = np.maximum(p_male, 1 - p_male) >= 0.868

    told = in_words(english)

    for share in ((said == label).mean(), (~said)[~label].mean(), said[label].mean(), sure.mean()):
        assert f"{100 * share:.1f}%" in told
    assert f"{100 * (said == label)[sure].mean():.1f}%" in told
    assert f"{len(rows):,} faces" in told
    assert "always “male” would get 50.6%" in told


def test_it_says_what_the_card_and_the_files_say(english: str, shipped: Kept) -> None:
    card = registry.find("rupa-1").card
    told = in_words(english)

    assert all(
        sentence in english.replace("&quot;", '"').replace("&#x27;", "'") for sentence in card.fails_on
    )
    assert card.files["model.keras"] in told
    assert hashlib.sha256(RUPA_1.read_bytes()).hexdigest() in told
    assert shipped.about.software in told
    assert "were checked, and they are so" in told


def test_in_indonesian_nothing_of_it_stays_english(shipped: Kept) -> None:
    page = report.make(shipped, "id")
    told = in_words(page)

    assert '<html lang="id">' in page
    assert "Seberapa baik rupa-1, dan bagi siapa?" in told
    assert "94,8%" in told
    assert "2.483 wajah" in told
    for english in ("Right", "taken for", "photos", "How ", "points", "Need about", "labelled"):
        assert not re.search(rf"\b{english}", told.replace("All-Age-Faces", "")), english


@pytest.mark.parametrize("spoken", ["en", "id"])
def test_it_shows_nobody_unless_asked_to(shipped: Kept, spoken: Language) -> None:
    page = without_scripts(report.make(shipped, spoken))

    assert "<img" not in page
    assert "data:image" not in page
    assert 'class="faces"' not in page
    assert Speech(spoken).t("Its most confident mistakes") not in page


def test_asked_to_it_shows_the_most_confident_mistakes_with_a_warning(shipped: Kept) -> None:
    if not os.environ.get("RUPA_DATA"):
        pytest.skip("needs UTKFace in RUPA_DATA")
    subject = report_subject.of(shipped, "en")

    page = without_scripts(report.make(shipped, with_faces=True))
    rows = report_faces.most_confident_mistakes(subject)

    assert page.count('<img src="data:image/jpeg;base64,') == report_faces.MOST == len(rows)
    assert "most of whom never agreed to stand in a report" in page
    surest = np.maximum(subject.answers.p_male, 1 - subject.answers.p_male)[~subject.answers.right]
    assert surest.max() == pytest.approx(
        max(subject.answers.p_male[rows[0]], 1 - subject.answers.p_male[rows[0]])
    )


def test_photos_that_are_not_here_are_a_sentence(tmp_path: Path) -> None:
    one = kept(tmp_path, table(2), dataset="gone", spec=f"folder:{tmp_path / 'gone'}")

    page = without_scripts(report.make(one, with_faces=True))

    assert "These photos are not on this computer, so no face can be shown." in page
    assert "<img" not in page


def test_no_name_becomes_markup(tmp_path: Path) -> None:
    rows = table(3).assign(race=HOSTILE)
    one = kept(tmp_path, rows, model=HOSTILE, dataset=HOSTILE, split=HOSTILE, software=HOSTILE, crop=HOSTILE)

    page = report.make(one)

    assert "<img" not in without_scripts(page)
    assert "alert(2)</script>" not in page
    assert "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;" in page
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert len(scripts) == 2
    assert all(f"'sha256-{one}'" in policy for one in hashes)
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy


def test_nobody_found_one_kind_only_and_all_right_are_reports_too(tmp_path: Path) -> None:
    nobody = table(1, n=5).assign(found=False, p_male=np.float32(np.nan))
    cases = {
        "nothing to count": nobody.drop(columns="embedding"),
        "This needs both women and men among the faces.": exact([[0, 0], [3, 40]]),
        "It made no mistake on these photos.": exact([[20, 0], [0, 20]]),
    }

    for name, (sentence, rows) in enumerate(cases.items()):
        page = report.make(kept(tmp_path / str(name), rows), with_faces=True)
        assert sentence in page
        assert "nan" not in in_words(page).lower().split()


def test_photos_without_a_face_and_photos_that_cannot_be_read_are_told_apart(tmp_path: Path) -> None:
    rows = table(3, found=1.0)
    rows.loc[:4, ["found", "p_male"]] = [False, np.nan]
    rows["error"] = pd.Series([*["no_face"] * 3, *["broken"] * 2, *[None] * (len(rows) - 5)], dtype="str")

    page = report.make(kept(tmp_path, rows))

    for name, n in (("No face found", 3), ("Could not be read", 2)):
        assert f'<th scope="row">{name}</th><td>{n}, in none of these figures</td>' in page


def test_a_fault_stands_in_red(shipped: Kept) -> None:
    changed = Kept(shipped.path, replace(shipped.about, sure_at=0.7), shipped.shipped)

    page = report.make(changed)

    assert '<p class="fault">' in page
    assert "not what was written down: sure_at, " in page


def test_a_damaged_evaluation_is_an_error_with_a_code(tmp_path: Path) -> None:
    one = kept(tmp_path, exact([[5, 0], [0, 5]]))
    one.path.write_bytes(b"PAR1 not at all")

    with pytest.raises(EvaluationError) as error:
        report.make(one)

    assert error.value.code == "damaged"


def test_the_command_writes_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a report.html"
    asked = ["report", "--model", "rupa-1", "--data", "celeba", "--split", "test", "--language", "id"]

    code = main([*asked, "--out", str(out)])

    assert code == 0
    assert "CelebA, foto uji" in in_words(out.read_text(encoding="utf-8"))
    assert str(out) in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["a report.html"]


def test_the_command_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["report", "--model", "nobody", "--data", "utkface", "--split", "validation"]

    assert main(asked) == report_command.WRONG
    assert (
        "python -m training evaluate --model nobody --data utkface --split validation"
        in capsys.readouterr().err
    )
    assert (
        main(
            ["report", "--model", "rupa-1", "--data", "celeba", "--out", str(tmp_path / "no" / "where.html")]
        )
        == 1
    )


def test_the_files_name_is_plain_letters() -> None:
    one = Kept(Path("evaluation-a b-é-test.parquet"), about(model="../x<y>"), False)

    assert report.file_name(one) == "report-x-y--a-b---test.html"
