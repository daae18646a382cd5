"""What there is to know about photos before training on them, as a sentence in the visitor's language."""

from collections.abc import Mapping
from typing import Any

from pages.parts import evaluate_words
from training.inspection import SENTENCES, Finding
from ui.language import t

_COLUMNS = ("race ", "age band ")


def advice(finding: Finding) -> str:
    """As Markdown: facts may be names that came with the data."""
    said = t(SENTENCES[finding.code][1], **_in_words(finding.facts))
    return said[:1].upper() + said[1:]  # some begin with the name of a part


def _in_words(facts: Mapping[str, Any]) -> dict[str, Any]:
    words = dict(facts)
    for name in ("label", "split", "one", "other"):
        if name in words:
            words[name] = _word(str(words[name]))
    if "group" in words:
        words["group"] = _group(str(words["group"]))
    return words


def _word(word: str) -> str:
    return {
        "female": t("female"),
        "male": t("male"),
        "train": t("training"),
        "validation": t("validation"),
        "test": t("test"),
    }.get(word, word)


def _group(group: str) -> str:
    """The group's name alone: the sentence says that it is one."""
    for column in _COLUMNS:
        if group.startswith(column):
            return evaluate_words.group(group.removeprefix(column))
    return evaluate_words.literal(group)
