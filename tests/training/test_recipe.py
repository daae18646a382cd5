"""Recipes that strangers wrote: each one is a recipe, or one sentence with a code."""

import json
from typing import Any

import pytest

from training.recipe import PRESETS, SENTENCES, Recipe, RecipeError, parse, read


def test_its_own_json_is_read_again() -> None:
    recipe = PRESETS["best"]

    assert read(json.dumps(recipe.as_json())) == recipe
    assert read("best") == recipe


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"batch": 0}, "out_of_range"),
        ({"dropout": float("nan")}, "out_of_range"),
        ({"seed": -1}, "out_of_range"),
        ({"source_weights": {"celeba": 0}}, "out_of_range"),
        ({"stages": []}, "bad_stages"),
        ({"stages": ["all"]}, "bad_stages"),
        ({"stages": [{"depth": 0}]}, "bad_stages"),
        ({"stages": [{"depth": 0, "epochs": 1, "rate": float("inf")}]}, "bad_stages"),
        ({"stages": [{"depth": 0, "epochs": 10**9, "rate": 0.1}]}, "too_long"),
        ({"stages": [{"depth": 0, "epochs": 1, "rate": 0.1}] * 13}, "too_long"),
        ({"stages": [{"depth": "all", "epochs": 1, "rate": 0.1}]}, "wrong_kind"),
        ({"batch": True}, "wrong_kind"),
        ({"dropout": 10**400}, "wrong_kind"),
        ({"dropout": "much"}, "wrong_kind"),
        ({"source_weights": {"celeba": "all"}}, "wrong_kind"),
        ({"optimizer": "magic"}, "unknown_word"),
        ({"augmentation": "__import__"}, "unknown_word"),
        ({"head": "medusa"}, "unknown_word"),
        ({"colour": 1}, "unknown_field"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_code(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(RecipeError) as caught:
        parse(wrong)

    assert caught.value.code == code
    assert str(caught.value) == SENTENCES[code].format(**caught.value.facts)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nonsense", "unknown_preset"),
        ("", "unknown_preset"),
        ("{", "not_a_recipe"),
        ('{"a":' * 5000, "not_a_recipe"),
        ('{"batch": 64}' + " " * 20_000, "not_a_recipe"),
        ('{"seed": ' + "9" * 5000 + "}", "not_a_recipe"),
    ],
)
def test_text_that_is_no_recipe_is_refused(text: str, code: str) -> None:
    with pytest.raises(RecipeError) as caught:
        read(text)

    assert caught.value.code == code


def test_an_empty_object_is_the_usual_recipe() -> None:
    assert read("{}") == Recipe()
