"""Every code has a sentence that a person can act on."""

import pytest

from model.sentences import SENTENCES, sentence

FACTS = {
    "format": "TIFF",
    "mb": 21.34,
    "max_mb": 20,
    "width": 65500,
    "height": 1,
    "max_mp": 50,
    "max_side": 12000,
    "seconds": 4.0,
    "reason": "No such file or directory",
    "what": "its name is not a plain word",
    "file": "model.keras",
    "crop": "similarity-9",
    "name": "my-model",
    "device": "xyz",
    "devices": "auto, cpu, gpu",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_it_is_short_complete_and_names_no_program(code: str) -> None:
    text = sentence(code, **FACTS)
    assert text[0].isupper()
    assert text.endswith(".")
    assert len(text) < 200
    assert not set("{}_") & set(text)


def test_the_limits_are_said() -> None:
    assert "20 MB" in sentence("too_big", **FACTS)
    assert "50 million" in sentence("too_many_pixels", **FACTS)
    assert "65,500 × 1" in sentence("too_many_pixels", **FACTS)


def test_a_code_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(KeyError):
        sentence("no such code")
