import pytest
from streamlit.testing.v1 import AppTest

from ui import samples
from ui.uploads import _quoted


def bringing() -> None:
    import streamlit as st

    from ui import uploads

    uploads.intake()
    arrival = uploads.arrived()
    if arrival:
        st.text(f"{arrival.number}:" + "|".join(f"{one.name}={one.read()!r}" for one in arrival.uploads))


def brought(app: AppTest) -> list[str]:
    return [text.value.partition(":")[2] for text in app.text]


def test_what_is_dropped_arrives_with_its_name_and_the_drop_zone_is_empty_again() -> None:
    app = AppTest.from_function(bringing).run()
    app.file_uploader[0].set_value([("a.jpg", b"1", "image/jpeg"), ("b.png", b"2", "image/png")]).run()

    assert brought(app) == ["a.jpg=b'1'|b.png=b'2'"]
    assert not app.exception
    assert not app.file_uploader[0].value


def test_the_next_arrival_takes_the_place_of_the_one_before() -> None:
    app = AppTest.from_function(bringing).run()
    app.file_uploader[0].set_value([("a.jpg", b"1", "image/jpeg")]).run()
    before = app.text[0].value

    app.file_uploader[0].set_value([("a.jpg", b"1", "image/jpeg")]).run()

    assert brought(app) == ["a.jpg=b'1'"]
    assert app.text[0].value != before


def test_the_camera_opens_when_it_is_asked_for_and_closes_with_its_snapshot() -> None:
    app = AppTest.from_function(bringing).run()
    assert not app.camera_input
    next(button for button in app.button if button.label == "Use camera").click().run()

    app.camera_input[0].set_value(("snapshot.jpg", b"3", "image/jpeg")).run()

    assert brought(app) == ["snapshot.jpg=b'3'"]
    assert not app.camera_input


def test_a_sample_is_brought_by_its_button() -> None:
    app = AppTest.from_function(bringing).run()

    next(button for button in app.button if button.label == "One portrait").click().run()

    assert brought(app)[0].startswith("astronaut.jpg=b'\\xff\\xd8")


def test_the_samples_that_ship_are_small_and_have_their_licence_beside_them() -> None:
    said = (samples.FOLDER / "README.md").read_text(encoding="utf-8")
    pictures = [file for file in samples.FOLDER.iterdir() if file.suffix == ".jpg"]

    assert len(pictures) == len(samples.shipped()) == 3
    assert sum(file.stat().st_size for file in pictures) < 400_000
    assert all(f"`{file.name}`" in said for file in pictures)


@pytest.mark.parametrize("words", ["Fotos' }", "a\\", "</style><script>"])
def test_words_of_the_drop_zone_stay_words(words: str) -> None:
    quoted = _quoted(words)

    assert "<" not in quoted
    assert "'" not in quoted.replace("\\'", "")
    assert quoted.count("\\") >= words.count("\\") * 2


def test_files_that_were_taken_already_are_not_taken_again() -> None:
    """So it happens to who clicks before the page with the answer is drawn."""

    def page() -> None:
        import streamlit as st
        from streamlit.elements.widgets.file_uploader import DeletedFile

        from ui import uploads

        st.session_state["drop"] = [DeletedFile("1")]
        uploads._take_from_widget("drop")
        st.markdown(f"arrived: {uploads.arrived()}")

    app = AppTest.from_function(page).run()

    assert not app.exception
    assert app.markdown[0].value == "arrived: None"


def test_a_camera_that_one_page_opened_is_closed_on_another() -> None:
    def pages() -> None:
        import streamlit as st

        from ui import uploads

        uploads.open_camera(True, "live")
        uploads.intake(page=st.radio("page", ["live", "photo"]))

    app = AppTest.from_function(pages).run()
    assert "Close camera" in [button.label for button in app.button]

    app.radio[0].set_value("photo").run()

    assert "Use camera" in [button.label for button in app.button]
