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
        n=speech.number((1 - recall) * 100),
        low=speech.number((1 - high) * 100),
        high=speech.number((1 - low) * 100),
    )
