"""Every attribute has a name in both languages."""

from model import registry
from pages.parts import errors_words
from training import prediction_table
from words.speech import Speech


def test_every_attribute_of_celeba_has_a_name_and_others_keep_theirs() -> None:
    shipped = registry.find("rupa-1").folder / "evaluation-celeba-in-the-wild-test.parquet"
    made, _ = prediction_table.read(shipped, embeddings=False)
    names = [str(name).removeprefix("attr_") for name in made if str(name).startswith("attr_")]

    english = {errors_words.attribute(name, Speech()) for name in names}
    indonesian = {errors_words.attribute(name, Speech("id")) for name in names}

    assert len(names) == len(english) == len(indonesian) > 35
    assert not english & indonesian
    assert errors_words.attribute("blue_scarf", Speech()) == "blue scarf"
