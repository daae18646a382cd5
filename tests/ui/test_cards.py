import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ui.cards import Card, both, crop_of, words


def one_card(answer: str, female: float) -> None:
    from ui import cards

    cards.show(cards.Card(answer, female, "data:,"), 0)


@pytest.mark.parametrize(
    ("answer", "female", "said", "percent"),
    [
        ("female", 0.87, "looks female to the model", "87%"),
        ("male", 0.004, "looks male to the model", "&gt;99%"),
        ("unsure", 0.46, "not sure", "54%"),
    ],
)
def test_a_card_says_what_it_looks_like_and_how_sure_it_is(
    answer: str, female: float, said: str, percent: str
) -> None:
    app = AppTest.from_function(one_card, args=(answer, female)).run()

    drawn = app.get("html")[0].proto.body
    assert f"<strong>{said}</strong>" in drawn
    assert f'<span class="rupa-percent">{percent}</span>' in drawn
    assert f'class="rupa-card {answer}"' in drawn
    assert ("not enough to answer" in drawn) == (answer == "unsure")


def test_no_card_says_what_somebody_is() -> None:
    for answer in ("female", "male", "unsure"):
        assert " is " not in words(Card(answer, 0.7, ""), 0)


def test_both_shares_stand_on_a_card_female_first() -> None:
    assert both(Card("male", 0.13, "")) == "female 13% · male 87%"


def test_a_crop_becomes_an_address_that_asks_nobody() -> None:
    crop = crop_of(np.zeros((16, 16, 3), np.uint8))

    assert crop.startswith("data:image/jpeg;base64,")
