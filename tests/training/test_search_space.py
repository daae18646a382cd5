"""What a search may vary: every recipe that is offered is among it, and whatever is drawn is a recipe."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training import search_space
from training.recipe import ALL_LAYERS, HEAD_ONLY, PRESETS, Recipe, Stage
from training.search_space import VARIABLE


@pytest.mark.parametrize("preset", PRESETS)
def test_every_recipe_is_among_those_that_can_be_tried(preset: str) -> None:
    base = PRESETS[preset]
    space = search_space.space(base, VARIABLE, ("face_resnet faces", "efficientnet_lite0 imagenet"))

    begins = space.begins()

    assert set(begins) == set(VARIABLE)
    for name, range_ in space.ranges.items():
        if isinstance(range_[0], str):
            assert begins[name] in range_
        else:
            assert range_[0] <= begins[name] <= range_[1]
    assert space.recipe(begins) == base


@given(
    rate=st.floats(1e-5, 1e-1),
    depth=st.sampled_from([search_space.HEAD, search_space.PART, search_space.ALL]),
    dropout=st.floats(0, search_space.MOST_DROPOUT),
    augmentation=st.sampled_from(["none", "light", "everyday", "strong"]),
    network=st.sampled_from(["face_resnet faces", "efficientnet_lite0 imagenet", "face_resnet rupa-1"]),
    most=st.integers(1, 12),
)
def test_every_try_is_a_recipe_and_short(
    rate: float, depth: str, dropout: float, augmentation: str, network: str, most: int
) -> None:
    base = replace(PRESETS["quick-faces"], stages=(Stage(HEAD_ONLY, 2, 1e-3), Stage(ALL_LAYERS, 9, 4e-4)))
    space = search_space.space(base, VARIABLE, (network,))

    tried = space.recipe(
        {"rate": rate, "depth": depth, "dropout": dropout, "augmentation": augmentation, "network": network}
    )
    short = search_space.shortened(tried, most)

    assert tried.stages[-1].rate == rate
    assert f"{tried.backbone} {tried.start}" == network
    cheap = augmentation == "none" and depth == search_space.HEAD
    assert short.epochs == tried.epochs if cheap else short.epochs <= max(most, 1)
    assert Recipe(**short.__dict__) == short
