"""Names that data carry, as people read them: groups, data sets, splits, in the language of the reader."""

from words.speech import Speech

AND = " × "  # between the names of a pair of groups
DATASETS = {
    "utkface": "UTKFace",
    "aaf": "All-Age-Faces",
    "celeba": "CelebA",
    "celeba-in-the-wild": "CelebA (in the wild)",
    "fairface": "FairFace",
}
# What photos that people gave are called wherever they are kept; a reader is told in the reader's own language.
MY_PHOTOS, OF_VISITORS = "My photos", "Faces from visitors"


def group_name(name: str, speech: Speech) -> str:
    """A group's name; a band of ages says that it is years, and what nobody here named stays as it is."""
    if AND in name:
        return AND.join(group_name(part, speech) for part in name.split(AND))
    t = speech.t
    known = {
        "Asian": t("Asian"),
        "East Asian": t("East Asian"),
        "Southeast Asian": t("Southeast Asian"),
        "Black": t("Black"),
        "Indian": t("Indian"),
        "Latino_Hispanic": t("Latino"),
        "Middle Eastern": t("Middle Eastern"),
        "White": t("White"),
        "Other": t("Other"),
    }
    return known.get(name) or (t("{ages} years", ages=name) if name[:1].isdigit() else name)


def column_name(name: str, speech: Speech) -> str:
    known = {"race": speech.t("By race, as the photos were labelled"), "age": speech.t("By age")}
    return known.get(name, name)


def dataset_name(name: str, speech: Speech) -> str:
    given = {MY_PHOTOS: speech.t("My photos"), OF_VISITORS: speech.t("Faces from visitors")}
    return DATASETS.get(name) or given.get(name, name)


def split_name(split: str, speech: Speech) -> str:
    t = speech.t
    known = {
        "train": t("training photos"),
        "validation": t("validation photos"),
        "test": t("test photos"),
        "all": t("all photos"),
    }
    return known.get(split, split)


def photos_name(dataset: str, split: str, source: str, speech: Speech) -> str:
    """Which photos: `utkface`, `validation` are UTKFace's validation photos."""
    t, title = speech.t, dataset_name(dataset, speech)
    kinds = {
        "validation": t("{dataset}, validation photos", dataset=title),
        "test": t("{dataset}, test photos", dataset=title),
        "train": t("{dataset}, training photos", dataset=title),
    }
    words = kinds.get(split, title)  # all its photos are the data set
    return words if source == "raw" else t("{photos} (cut beforehand)", photos=words)
