"""Who gives way where all places on the Live page's line are taken: the silent, then those who have most."""

from unittest.mock import Mock

import pytest

from api.live_places import QUIET_S, Place, gives_way

NOW = 1000.0


def places(*addresses: str) -> list[Place]:
    """All were heard of a moment ago, each a little later than the one before."""
    return [Place(Mock(), address, NOW - 1 + number / 100) for number, address in enumerate(addresses)]


@pytest.mark.parametrize(
    ("taken", "comes", "leaves"),
    [
        ("aaaaaaaa", "a", None),  # a class behind one address, or everybody behind one proxy
        ("abcdefgh", "i", None),  # each has one
        ("aaaaaaaa", "b", 0),
        ("baaaaaaa", "b", 1),
        ("bbbbaaaa", "b", None),
        ("bbbbaaaa", "a", None),
        ("bbbaaaaa", "b", 3),
        ("abbccdde", "f", 1),
        ("", "a", None),
    ],
)
def test_the_address_with_most_gives_way_to_one_that_has_two_fewer(
    taken: str, comes: str, leaves: int | None
) -> None:
    held = places(*taken)

    assert gives_way(held, comes, NOW) is (None if leaves is None else held[leaves])


def test_who_is_silent_gives_way_also_to_the_same_address() -> None:
    held = places(*"aaaa")
    held[2].heard_s = NOW - QUIET_S - 1

    assert gives_way(held, "a", NOW) is held[2]


def test_who_waits_for_the_model_is_not_silent() -> None:
    assert gives_way([Place(Mock(), "a"), Place(Mock(), "a")], "a", NOW) is None
