from streamlit.testing.v1 import AppTest

from ui import state


def remembering() -> None:
    import streamlit as st

    from ui import state

    state.kept("photo.words", lambda: "seen")
    st.text_input("Name", key=state.fresh_key("name"))
    st.button("Forget", on_click=state.forget)


def test_what_is_kept_is_made_once_and_forgotten_at_a_word() -> None:
    app = AppTest.from_function(remembering).run()
    app.session_state[state.PREFIX + "photo.words"] = "changed"
    app.session_state["of another"] = "stays"

    app.run()
    assert app.session_state[state.PREFIX + "photo.words"] == "changed"
    app.button[0].click().run()

    assert app.session_state[state.PREFIX + "photo.words"] == "seen"
    assert app.session_state["of another"] == "stays"


def test_a_widget_with_a_fresh_key_is_empty_after_forgetting() -> None:
    app = AppTest.from_function(remembering).run()
    app.text_input[0].input("Ana").run()
    assert app.text_input[0].value == "Ana"

    app.button[0].click().run()

    assert app.text_input[0].value == ""
