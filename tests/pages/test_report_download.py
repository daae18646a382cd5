"""The report's button makes nothing until it is clicked, begins in the visitor's language, and shows nobody unasked."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from model import registry
from pages.parts import report_download
from training import evaluations, report

RUPA_1 = registry.SHIPPED / "rupa-1" / "evaluation-celeba-test.parquet"


def visit(spoken: str) -> AppTest:
    def page() -> None:
        from pages.parts import report_download
        from training import evaluations

        [kept] = [one for one in evaluations.kept() if one.path.name == "evaluation-celeba-test.parquet"]
        report_download.show(kept)

    app = AppTest.from_function(page, default_timeout=30)
    app.query_params["lang"] = spoken
    return app.run()


@pytest.mark.parametrize("spoken", ["en", "id"])
def test_nothing_is_made_before_it_is_asked_for(spoken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    monkeypatch.setattr(report, "make", lambda *asked, **how: made.append(asked))

    app = visit(spoken)

    assert not app.exception
    assert made == []
    assert app.segmented_control[0].value == spoken
    assert [toggle.value for toggle in app.toggle] == [False]
    assert len(app.caption) == 0
    if spoken == "en":
        assert app.markdown[0].value.startswith("The figures of all faces, whatever is chosen on this page")


def test_before_faces_go_in_there_is_a_warning() -> None:
    app = visit("en")

    app.toggle[0].set_value(True).run()

    assert not app.exception
    assert "The file then shows people." in app.caption[0].value


def test_what_is_made_is_the_report() -> None:
    [kept] = [one for one in evaluations.kept() if one.path == Path(RUPA_1)]

    page = report_download._made(kept, "id", False).decode()

    assert page == report.make(kept, "id")
    assert report.file_name(kept) == "report-rupa-1-celeba-test.html"
