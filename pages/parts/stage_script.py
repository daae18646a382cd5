"""The script: five steps, each with another way to show it where something is missing, in words to be read out.

Which way is chosen from what the check found, so that the room never waits for what is not there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pages.parts import chosen_evaluation, compare_pair, train_steps
from pages.parts.stage_check import Found
from pages.parts.train_steps import Choice, Photos
from training import recipe, stage_ready
from ui.language import t


@dataclass(frozen=True)
class Step:
    """What to say, what to do, and on which page, which `prepare` sets up when it is opened.

    It may take its time, and raise `DatasetError` or `OSError`.
    """

    title: str
    say: tuple[str, ...]
    do: str
    page: str
    open: str
    prepare: Callable[[], None] | None = None


def steps(found: Sequence[Found]) -> tuple[Step, ...]:
    """The five, in their order."""
    by_name = {one.check: one for one in found}
    return _sample(by_name), _live(by_name), _errors(by_name), _train(by_name), _compare(by_name)


def _ready(found: Mapping[str, Found], *checks: str) -> bool:
    return all(check in found and found[check].level == "go" for check in checks)


def _sample(found: Mapping[str, Found]) -> Step:
    return Step(
        t("What does it see?"),
        (
            t("The model looks at each face, and says how it looks to it."),
            t("The percentage tells how sure it is. “Not sure” is an answer, too."),
            t("It cannot know who somebody is."),
        ),
        t("Click “Three portraits”.") if _ready(found, "samples") else t("Drop a photo of your own."),
        "photo.py",
        t("Open Photo"),
    )


def _live(found: Mapping[str, Found]) -> Step:
    title = t("And when somebody moves?")
    if _ready(found, "camera", "address"):
        return Step(
            title,
            (
                t("Who wants to come to the front? Only whoever says yes is in the picture."),
                t("Turn your head, cover your mouth, step back. Watch where the answer wavers."),
                t("No picture is kept."),
            ),
            t("Click “Start the camera”."),
            "live.py",
            t("Open Live"),
        )
    say = (
        t("A box follows each face from one moment to the next."),
        t("It is the same person all the time. Watch where the answer wavers."),
        t("What may be the reason: the light, the angle, a hand?"),
    )
    if _ready(found, "samples"):
        return Step(title, say, t("Click “Try a sample clip”."), "video.py", t("Open Video"))
    return Step(
        title,
        (
            t("The same person, in two photos."),
            t("Is the answer the same? And how sure is it each time?"),
            t("What may be the reason: the light, the angle, a hand?"),
        ),
        t("Drop two photos of one person."),
        "photo.py",
        t("Open Photo"),
    )


def _errors(found: Mapping[str, Found]) -> Step:
    title = t("Whom does it get wrong?")
    if _ready(found, "errors"):
        return Step(
            title,
            (
                t("These are the faces that it got wrong."),
                t("Is the model wrong, or is the label? Sometimes nobody can tell."),
                t("Who stands here more often than others?"),
            ),
            t("Click on a face, then on the next."),
            "errors.py",
            t("Open Errors"),
            _turn_to_faces,
        )
    if "errors" in found and found["errors"].code in ("faces_missing", "faces_own"):
        return Step(
            title,
            (
                t("It was shown photos that it had never seen, and its answers were counted."),
                t("It is not wrong equally often with everybody."),
                t("A bar shows how sure we can be of a figure. A long bar means: we know little."),
            ),
            t("Scroll to the groups, and read out the first one."),
            "evaluate.py",
            t("Open Evaluate"),
            _turn_to_figures,
        )
    return Step(
        title,
        (
            t("Whoever makes a model owes an answer to this question."),
            t("Here it stands: for whom it errs, and what it must not be used for."),
        ),
        t("Read out the sentences below “Where it fails”."),
        "about.py",
        t("Open This model"),
    )


def _train(found: Mapping[str, Found]) -> Step:
    title = t("Can we teach it better?")
    if _ready(found, "photos", "recipe"):
        return Step(
            title,
            (
                t("We show it some hundred photos with their answers. It learns for about a minute."),
                t("Some photos it does not get to see. By those we judge it afterwards."),
                t("Raise your hands: will it be better, or worse?"),
            ),
            t("Click “Start to learn”, and watch the curve."),
            "train.py",
            t("Open Train"),
            _choose_few,
        )
    if stage_ready.finished():
        return Step(
            title,
            (
                t("This is a training that has ended."),
                t("Some photos it did not get to see. By those it was judged."),
                t("Before you look: is it better, or worse?"),
            ),
            t("Read out the first sentence of the result."),
            "train.py",
            t("Open Train"),
            _watch_finished,
        )
    return Step(
        title,
        (
            t("It learnt from photos that people had labelled."),
            t("What it has seen often, it knows well. What it has seen seldom, it does not."),
            t("Whose photos would you show it next?"),
        ),
        t("Read out what stands below “What it learnt from”."),
        "about.py",
        t("Open This model"),
    )


def _compare(found: Mapping[str, Found]) -> Step:
    title = t("Which one is better?")
    if _ready(found, "pair"):
        return Step(
            title,
            (
                t("Two models, the same photos. Some faces turned right, some turned wrong."),
                t("When the two numbers are close, it may be chance."),
                t("Which one would you choose, and for what?"),
            ),
            t("Read out the first sentence, then look at the faces that turned."),
            "compare.py",
            t("Open Compare"),
            _turn_to_pair,
        )
    if "errors" in found and found["errors"].code != "figures_missing":
        return Step(
            title,
            (
                t("One model, and photos from different places."),
                t("With easy photos it looks good, with hard ones less so. Which figure would you believe?"),
                t("So ask everybody who tells you a figure: measured on what?"),
            ),
            t("Choose other photos at the top, and watch the first figure."),
            "evaluate.py",
            t("Open Evaluate"),
            _turn_to_figures,
        )
    return Step(
        title,
        (
            t("Perhaps the better model is none at all."),
            t("One half of the room speaks for it, the other half against."),
        ),
        t("Go through the reasons, one from each side in turn."),
        "about.py",
        t("Open This model"),
    )


def _turn_to_faces() -> None:
    if kept := stage_ready.with_faces():
        chosen_evaluation.turn_to(str(kept.path))


def _turn_to_figures() -> None:
    if published := stage_ready.published():
        chosen_evaluation.turn_to(str(published[0].path))


def _turn_to_pair() -> None:
    if pair := stage_ready.pair():
        first, second = pair
        chosen_evaluation.turn_to(str(first.path))
        compare_pair.turn_to(first, second)


def _choose_few() -> None:
    """Photos and recipe are chosen, and only the start is left; a run that is at work is shown instead."""
    run = train_steps.run()
    if run and run.state in ("queued", "running"):
        return
    if source := stage_ready.to_learn_from():
        few = stage_ready.few(source)
        train_steps.choose_photos(Photos((few.spec,), few.women, few.men, few.name))
        train_steps.choose_recipe(Choice(recipe.PRESETS["quick"], "quick"))


def _watch_finished() -> None:
    if run := stage_ready.finished():
        train_steps.watch_id(run.id)
        train_steps.go(train_steps.RESULT)
