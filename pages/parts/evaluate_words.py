"""Names that come with data, made fit to stand in Markdown: a file may call a group or a model whatever it likes."""

import re

from training.report_words import group_name
from ui import access
from ui.language import speech

_LONGEST = 60
_FOLDERS = re.compile(r"""(?:^|(?<=[\s"'“(=,:]))(?:[A-Za-z]:|~)?[\\/](?:.*[\\/])?""")


def literal(text: str, longest: int = _LONGEST) -> str:
    """The text as it is; Markdown would make pictures and links of some of it."""
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~<>$:&])", r"\\\1", " ".join(short.split()))


def fact(said: str, longest: int = _LONGEST) -> str:
    """What a fault is about, as `literal`; of a path, who is not the presenter reads only the end."""
    return literal(said if access.presenter() else _FOLDERS.sub("", said), longest)


def group(name: str) -> str:
    """A group's name in the visitor's language, for a label or a line of Markdown."""
    return literal(group_name(name, speech()))
