"""What the charts say with shapes they also say in words."""

import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest

from ui import charts
from ui.charts import Bar, Part

ROWS = [
    Bar("0-2 years", 0.69, 0.62, 0.76, note="163 faces"),
    Bar("70+ <script>", 0.95, 0.91, 0.97, note="49 faces", faint=True),
]


def test_a_bar_stands_for_its_share_and_interval() -> None:
    figure = charts.bars_with_intervals(ROWS)

    [bars] = figure.data
    assert list(bars.x) == [0.69, 0.95]
    assert list(bars.error_x.array) == pytest.approx([0.07, 0.02])
    assert list(bars.error_x.arrayminus) == pytest.approx([0.07, 0.04])
    assert list(bars.marker.opacity) == [1, 0.45]
    assert [note.text for note in figure.layout.annotations] == [
        "<b>69%</b> (62 to 76)",
        "<b>95%</b> (91 to 97)",
    ]


def test_names_are_words_and_never_markup() -> None:
    figure = charts.bars_with_intervals(ROWS)

    assert "<script>" not in str(figure.to_dict())


def test_the_rows_can_be_read_out() -> None:
    assert charts.in_words(ROWS) == (
        "0-2 years: 69%, between 62 and 76 (163 faces); 70+ <script>: 95%, between 91 and 97 (49 faces)"
    )


def test_a_range_of_nearly_all_is_not_taken_for_markup() -> None:
    figure = charts.bars_with_intervals([Bar("Women", 0.9996, 0.001, 0.9999)])

    [note] = figure.layout.annotations
    assert note.text == "<b>&gt;99%</b> (&lt;1 to &gt;99)"


def test_a_histogram_of_confidences_begins_at_a_half() -> None:
    above = charts.histogram([0.5, 0.7, 0.99, 1.0], name="how sure", amount="faces")
    below = charts.histogram([0.2, 0.7], name="share", amount="faces")

    assert above.layout.xaxis.range == (0.5, 1)
    assert below.layout.xaxis.range == (0, 1)
    assert above.layout.yaxis.title.text == "faces"


def test_a_histogram_of_nothing_is_empty() -> None:
    assert list(charts.histogram([], name="how sure", amount="faces").data[0].x) == []


def test_a_whole_is_cut_into_its_named_parts() -> None:
    figure = charts.share_bar([Part("female", 0.51, "#4C5FD5"), Part("not sure", 0.49, "#556070")])

    assert [part.name for part in figure.data] == ["female 51%", "not sure 49%"]
    assert figure.layout.barmode == "stack"


def test_a_chart_comes_with_its_words_and_without_tools() -> None:
    def page() -> None:
        from ui import charts

        rows = [charts.Bar("a", 0.5, 0.4, 0.6)]
        charts.show(charts.bars_with_intervals(rows), says=charts.in_words(rows), key="rows")

    app = AppTest.from_function(page).run()

    assert not app.exception
    words = app.get("html")[0].proto.body
    assert "a: 50%, between 40 and 60" in words


def test_the_shell_and_the_charts_do_without_pandas() -> None:
    """It would add a second to the first paint."""
    program = "import sys, ui.charts, ui.shell; sys.exit('pandas' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
