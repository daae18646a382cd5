"""Names that come with data, made fit to stand in Markdown: a file may call a group or a model whatever it likes."""

import re

from training.report_words import group_name
from ui.language import speech

_LONGEST = 60


def literal(text: str, longest: int = _LONGEST) -> str:
    """The text as it is; Markdown would make pictures and links of some of it."""
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~<>$:&])", r"\\\1", " ".join(short.split()))


def group(name: str) -> str:
    """A group's name in the visitor's language, for a label or a line of Markdown."""
    return literal(group_name(name, speech()))
