"""How the Errors page names things: attributes as the photos carry them, answers, labels and groups of a face."""

from pages.parts.errors_known import Known
from training.answers import Answers
from training.report_words import group_name
from words.speech import Speech


def answer(answers: Answers, place: int, speech: Speech) -> str:
    """What the model said of the face, with how sure it was of it."""
    t = speech.t
    likelier = int(answers.predicted[place])
    p_male = float(answers.p_male[place])
    share = speech.percent(p_male if likelier else 1 - p_male)
    if not answers.sure[place]:
        unsure = (t("not sure, {share} female", share=share), t("not sure, {share} male", share=share))
        return unsure[likelier]
    return (t("looks female, {share}", share=share), t("looks male, {share}", share=share))[likelier]


def answer_in_full(answers: Answers, place: int, speech: Speech) -> str:
    """The same as a sentence, where there is room for it."""
    t = speech.t
    if not answers.sure[place]:
        return answer(answers, place, speech)
    likelier = int(answers.predicted[place])
    words = (t("looks female to the model"), t("looks male to the model"))[likelier]
    p_male = float(answers.p_male[place])
    return f"{words}, {speech.percent(p_male if likelier else 1 - p_male)}"


def label(answers: Answers, place: int, speech: Speech) -> str:
    t = speech.t
    return (t("labelled female"), t("labelled male"))[int(answers.labels[place])]


def group(known: Known, column: str, place: int, speech: Speech) -> str | None:
    """The face's group in this column; None where nobody knows it."""
    values = known.view.columns[column]
    code = int(values.codes[place])
    return group_name(values.names[code], speech) if code >= 0 else None


def attribute(name: str, speech: Speech) -> str:
    """One of CelebA's forty in words; what nobody here named is read as it is written."""
    t = speech.t
    known = {
        "5_o_clock_shadow": t("stubble"),
        "arched_eyebrows": t("arched eyebrows"),
        "attractive": t("called attractive by the labellers"),
        "bags_under_eyes": t("bags under the eyes"),
        "bald": t("bald"),
        "bangs": t("fringe"),
        "big_lips": t("full lips"),
        "big_nose": t("big nose"),
        "black_hair": t("black hair"),
        "blond_hair": t("blond hair"),
        "blurry": t("blurred photo"),
        "brown_hair": t("brown hair"),
        "bushy_eyebrows": t("bushy eyebrows"),
        "chubby": t("round cheeks"),
        "double_chin": t("double chin"),
        "eyeglasses": t("glasses"),
        "goatee": t("goatee"),
        "gray_hair": t("grey hair"),
        "heavy_makeup": t("heavy make-up"),
        "high_cheekbones": t("high cheekbones"),
        "mouth_slightly_open": t("mouth slightly open"),
        "mustache": t("moustache"),
        "narrow_eyes": t("narrow eyes"),
        "no_beard": t("no beard"),
        "oval_face": t("oval face"),
        "pale_skin": t("pale skin"),
        "pointy_nose": t("pointed nose"),
        "receding_hairline": t("receding hairline"),
        "rosy_cheeks": t("rosy cheeks"),
        "sideburns": t("sideburns"),
        "smiling": t("smiling"),
        "straight_hair": t("straight hair"),
        "wavy_hair": t("wavy hair"),
        "wearing_earrings": t("earrings"),
        "wearing_hat": t("hat"),
        "wearing_lipstick": t("lipstick"),
        "wearing_necklace": t("necklace"),
        "wearing_necktie": t("tie"),
        "young": t("young"),
    }
    return known.get(name, name.replace("_", " "))
