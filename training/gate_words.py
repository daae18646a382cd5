"""What the gate has to say, line by line, in any language: a code, its facts, and the one sentence that they make."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from training.report_words import dataset_name, group_name
from words.speech import Speech

DATASET = "dataset"

SENTENCES = {
    "same": "This model answers already.",
    "not_examined": "{model} has not been asked about the same {photos} photos yet; let it be asked first.",
    "never_judged": "There are no photos that {model} was judged on, so nobody can say how good it is.",
    "too_few": "Only {n} faces to compare on; at least {enough} are needed to tell anything.",
    "flips": "Better on {gained}, worse on {lost} of {n} faces.",
    "alike": "On each of {n} faces both are right, or both are wrong.",
    "better": "That is better by more than luck.",
    "worse": "That is worse by more than luck.",
    "luck": "That can be luck.",
    "group_lost": "{group} lost more than can be luck: better on {gained}, worse on {lost} of {n}.",
    "no_group_lost": "Of no group can it be told that it lost.",
    "calibration_worse": "What it says of how sure it is fits less well than before.",
    "less_sure": "It is sure of fewer faces: {share} instead of {before}.",
    "start_saw": "{start}, from which {model} began, saw {seen} of these {n} photos while it learnt; so {model} looks "
    "better than it is.",
    "start_may": "{start}, from which {model} began, may have learnt from some of these photos; then {model} looks "
    "better than it is.",
    "active_saw": "{model} saw {seen} of these {n} photos while it learnt; that is unfair to the new model.",
    "active_may": "{model} may have learnt from some of these photos; then that is unfair to the new model.",
    "sure": "It is sure of {share} of the faces; before, it was {before}.",
}


@dataclass(frozen=True)
class Line:
    """One thing to know, as a code and its facts: counts, shares of one, and names that may hold anything."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.said(Speech())

    def said(self, speech: Speech) -> str:
        """The sentence in this language; what it names is as it was called, for whoever shows it to make harmless."""
        return speech.t(
            SENTENCES[self.code], **{name: _in_words(one, speech) for name, one in self.facts.items()}
        )


@dataclass(frozen=True)
class Group:
    """`column` is looks, dataset, race or age."""

    column: str
    name: str

    def said(self, speech: Speech) -> str:
        if self.column == "looks":
            return {"female": speech.t("Women"), "male": speech.t("Men")}.get(self.name, self.name)
        return dataset_name(self.name, speech) if self.column == DATASET else group_name(self.name, speech)


def _in_words(fact: object, speech: Speech) -> str:
    if isinstance(fact, Group):
        return fact.said(speech)
    if isinstance(fact, float):
        return speech.percent(fact)
    return speech.number(fact) if isinstance(fact, int) else str(fact)
