"""The file that a report is: one HTML page with everything in it, which asks nobody for anything and can be printed.

Whatever comes from a file or a person goes through `text`. A strict policy inside the page forbids every request and
every script but the two that stand in it, so that a name that slipped through could still do nothing.
"""

import base64
import hashlib
import html
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import plotly.io
from plotly.offline import get_plotlyjs

from training.figures import Drawn

_FONT = (
    Path(__file__).resolve().parents[1]
    / "ui"
    / "assets"
    / "fonts"
    / "plus-jakarta-sans-latin-wght-normal.woff2"
)
_DRAW = """
for (const place of document.querySelectorAll(".chart")) {
  const drawn = JSON.parse(place.nextElementSibling.textContent);
  Plotly.newPlot(place, drawn.data, drawn.layout, { displayModeBar: false, responsive: true });
}
// A sheet of A4 is narrower than most screens, and what is drawn does not shrink by itself.
const each = (size) => document.querySelectorAll(".chart").forEach((place) => Plotly.relayout(place, size));
addEventListener("beforeprint", () => each({ width: 680 }));
addEventListener("afterprint", () => each({ width: null, autosize: true }));
"""
_STYLE = Path(__file__).with_name("report.css")


def page(title: str, language: str, body: Iterable[str]) -> str:
    """The whole file; `body` are pieces made with the functions below."""
    scripts = (get_plotlyjs(), _DRAW)
    allowed = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; font-src data:; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{text(language)}"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>{_font()}{_style()}</style>\n"
        f"<script>{scripts[0]}</script></head>\n<body>\n"
        + "\n".join(body)
        + f"\n<script>{_DRAW}</script>\n</body></html>\n"
    )


def text(words: object) -> str:
    """Words as words, never as markup."""
    return html.escape(str(words), quote=True)


def heading(words: str, level: int = 2) -> str:
    return f"<h{level}>{text(words)}</h{level}>"


def paragraph(words: str, kind: str = "") -> str:
    marked = f' class="{kind}"' if kind else ""
    return f"<p{marked}>{text(words)}</p>"


def chart(drawn: Drawn) -> str:
    """The figure, as data that the script at the end draws, and the sentence for who does not see it."""
    # Plotly writes every "<" and "/" in it so that no name can end the script it stands in.
    data = plotly.io.to_json(drawn.figure, validate=False)
    return (
        f'<p class="unseen">{text(drawn.says)}</p><div class="chart" role="img" aria-label="{text(drawn.says)}"></div>'
        f'<script type="application/json">{data}</script>'
    )


def figures(rows: Iterable[tuple[str, str, str]]) -> str:
    """Large figures side by side: what it is, the figure, what belongs to it."""
    cells = "".join(
        f"<div><dt>{text(name)}</dt><dd><strong>{text(figure)}</strong><small>{text(note)}</small></dd></div>"
        for name, figure, note in rows
    )
    return f'<dl class="figures">{cells}</dl>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Its cells are words."""
    head = "".join(f'<th scope="col">{text(words)}</th>' for words in heads)
    body = "".join(
        f'<tr><th scope="row">{text(first)}</th>'
        + "".join(f"<td>{text(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def listing(points: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{text(point)}</li>" for point in points) + "</ul>"


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def _style() -> str:
    return _STYLE.read_text(encoding="utf-8")


@cache
def _font() -> str:
    packed = base64.b64encode(_FONT.read_bytes()).decode()
    return (
        '@font-face { font-family: "Plus Jakarta Sans"; font-weight: 200 800; '
        f'src: url("data:font/woff2;base64,{packed}") format("woff2"); }}'
    )
