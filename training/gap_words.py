"""What is said of gaps between groups, on a page and in a report alike: the largest, the verdict, equalised odds."""

from training.groups import Gap, Groups
from training.report_words import group_name
from training.statistics import Estimate
from training.verdicts import Verdict
from words.speech import Speech


def largest(gap: Gap, found: Groups, speech: Speech) -> str:
    worst, best = (found[name].right / found[name].n for name in (gap.worst, gap.best))
    return speech.t(
        "Worst: {worst}, {low_share} right. Best: {best}, {high_share}. The gap is {value} points ({low} to {high}).",
        worst=group_name(gap.worst, speech),
        best=group_name(gap.best, speech),
        low_share=speech.percent(worst),
        high_share=speech.percent(best),
        **points(gap.difference, speech),
    )


def verdict(verdict: Verdict, speech: Speech) -> str:
    """Of the largest gap."""
    if verdict.kind == "real":
        return speech.t("The gap is real: luck alone would hardly make it.")
    if verdict.kind == "more" and verdict.photos:
        return speech.t(
            "Nobody can tell yet: about {n} more photos of the two would tell in four of five cases, if the gap stayed "
            "as it is.",
            n=speech.number(rounded(verdict.photos)),
        )
    return speech.t("Unclear: the gap is too small to be told from luck, even with many more photos.")


def equalised_odds(odds: Estimate, speech: Speech) -> str:
    return speech.t(
        "Equalised-odds difference: {value} points ({low} to {high}). So far apart are two groups in how many of "
        "their women, or of their men, are recognised.",
        **points(odds, speech),
    )


def points(estimate: Estimate, speech: Speech, plus: str = "") -> dict[str, str]:
    """Value and ends in points of a hundred; `plus` stands before what is above 0."""
    ends = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {name: _signed(end, speech, plus) for name, end in ends.items()}


def rounded(photos: int) -> int:
    """To two digits: more would be a precision that nobody has."""
    step: int = 10 ** max(0, len(str(photos)) - 2)
    return -(-photos // step) * step


def _signed(part: float, speech: Speech, plus: str) -> str:
    """With a true minus sign; what rounds to nothing has none."""
    words = speech.number(abs(part) * 100, 1)
    sign = "" if not words.strip("0.,") else "−" if part < 0 else plus
    return sign + words
