"""What a drawn page shows and what can be pressed on it, for tests of pages and of their parts."""

from streamlit.testing.v1 import AppTest


def words(app: AppTest) -> str:
    """Everything that the page says, whatever draws it; what stands on its widgets is not among it."""
    headings = (*app.title, *app.header, *app.subheader)
    plain = (*app.markdown, *app.caption, *app.text, *app.code, *app.html)
    boxes = (*app.info, *app.success, *app.warning, *app.error)
    said = [str(one.value) for one in (*headings, *plain, *boxes)]
    return "\n".join([*said, *(bar.text for bar in app.progress)])


def keys(app: AppTest) -> list[str]:
    """Of each button that is there."""
    return [str(button.key) for button in app.button]


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def press_called(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception, app.exception
    return app
