"""What a stress test says in words: the names of its conditions, and the sentence about women in headscarves."""

from words.speech import Speech


def condition_names(speech: Speech) -> dict[str, str]:
    """Each condition in words."""
    t = speech.t
    return {
        "plain": t("As it is"),
        "headscarf": t("Headscarf"),
        "cap": t("Cap"),
        "mask": t("Medical mask"),
        "sunglasses": t("Sunglasses"),
        "dark": t("A dim room"),
        "blurred": t("Out of focus"),
        "compressed": t("Squeezed hard"),
        "small": t("24 pixels small"),
    }


def headscarf(recall: float, low: float, high: float, speech: Speech) -> str:
    """From the share of women in a drawn headscarf that is answered rightly, and its interval."""
    return speech.t(
        "Of 100 women in a drawn headscarf the model takes {n} for men ({low} to {high}).",
        **_missed(recall, low, high, speech),
    )


def without(recall: float, low: float, high: float, speech: Speech) -> str:
    """The sentence that follows, of the photos as they are."""
    return speech.t(
        "Of the same women without it: {n} ({low} to {high}).", **_missed(recall, low, high, speech)
    )


def cut_out_beforehand(speech: Speech) -> str:
    """Why the faces as they are come out a little otherwise than in an evaluation of whole photos."""
    return speech.t(
        "Here the faces were cut out beforehand, as for learning; so the figures without a covering differ a little "
        "from those above."
    )


def _missed(recall: float, low: float, high: float, speech: Speech) -> dict[str, str]:
    ends = {"n": recall, "low": high, "high": low}
    return {name: speech.of_100(1 - share) for name, share in ends.items()}
