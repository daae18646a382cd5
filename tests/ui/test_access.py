"""The presenter's PIN: who it lets in, who it does not, and how often anybody may try."""

import hmac
import os
from collections.abc import Iterator

import pytest
import streamlit
from hypothesis import given
from hypothesis import strategies as st
from streamlit.runtime.context import StreamlitHeaders
from streamlit.testing.v1 import AppTest

from ui import access
from ui.access_tries import OF_ALL, OF_ONE, WINDOW_S, Tries, household

PIN = "482913"
WRONG = "482914"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(clock: Clock) -> Iterator[Clock]:
    """The app as `start.py --lan` starts it."""
    access.require(PIN, Tries(clock))
    yield clock
    access.require(None)


def page() -> None:
    import streamlit as st

    from ui import access

    access.door()
    access.explain()
    st.markdown("presenter" if access.presenter() else "visitor")


def visit() -> AppTest:
    return AppTest.from_function(page).run()


def give(app: AppTest, pin: str) -> AppTest:
    app.text_input[0].input(pin)
    next(button for button in app.button if button.label == "Enter").click().run()
    assert not app.exception
    return app


def who(app: AppTest) -> str:
    return str(app.markdown[-1].value)


def warned(app: AppTest) -> list[str]:
    return [str(warning.value) for warning in app.warning]


def test_without_a_network_everybody_is_the_presenter_and_nobody_is_asked() -> None:
    access.begin({})
    app = visit()

    assert [shown.value for shown in app.markdown] == ["presenter"]
    assert not app.text_input
    assert not app.caption


def test_a_visitor_is_told_so_and_asked(opened: Clock) -> None:
    app = visit()

    assert who(app) == "visitor"
    assert "You can watch here. Only the presenter can change things." in app.markdown[0].value
    assert app.caption[0].value.startswith("Only the presenter can do this")
    assert [field.label for field in app.text_input] == ["The presenter's PIN"]


@pytest.mark.parametrize("typed", [PIN, "482 913", " 482-913 "])
def test_the_pin_makes_a_presenter_until_leaving(opened: Clock, typed: str) -> None:
    app = give(visit(), typed)
    assert who(app) == "presenter"
    assert not app.text_input
    assert who(app.run()) == "presenter"

    next(button for button in app.button if button.label == "Leave").click().run()

    assert who(app) == "visitor"


@pytest.mark.parametrize("typed", [WRONG, "", PIN[:5], PIN + "0", "٤٨٢٩١٣", "x" * 20])
def test_anything_else_does_not(opened: Clock, typed: str) -> None:
    app = give(visit(), typed)

    assert who(app) == "visitor"
    assert warned(app) == ["That is not the PIN. It stands in the window in which Rupa was started."]


def test_one_visit_is_the_presenter_and_another_is_not(opened: Clock) -> None:
    presenter, visitor = visit(), visit()
    give(presenter, PIN)

    assert who(presenter.run()) == "presenter"
    assert who(visitor.run()) == "visitor"
    assert who(visit()) == "visitor"


@pytest.mark.parametrize("claimed", [True, 1, PIN, "presenter", object()])
def test_no_value_that_could_come_from_a_browser_makes_a_presenter(opened: Clock, claimed: object) -> None:
    app = AppTest.from_function(page)
    app.session_state["rupa-presenter"] = claimed

    assert who(app.run()) == "visitor"


def test_forgetting_the_photos_leaves_the_presenter_in(opened: Clock) -> None:
    def forgetful() -> None:
        import streamlit as st

        from ui import access, state

        access.door()
        st.button("Forget now", on_click=state.forget)
        st.markdown("presenter" if access.presenter() else "visitor")

    app = give(AppTest.from_function(forgetful).run(), PIN)

    next(button for button in app.button if button.label == "Forget now").click().run()

    assert who(app) == "presenter"


def test_the_comparison_takes_as_long_whatever_was_typed(
    opened: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[object, object]] = []

    def seen(typed: bytes, pin: bytes) -> bool:
        compared.append((typed, pin))
        return False

    monkeypatch.setattr(hmac, "compare_digest", seen)

    assert who(give(visit(), PIN)) == "visitor"
    assert compared == [(PIN.encode(), PIN.encode())]


def test_after_too_many_tries_even_the_pin_waits(opened: Clock) -> None:
    app = visit()
    for _ in range(OF_ONE):
        assert "not the PIN" in warned(give(app, WRONG))[0]
        opened.now += 1

    assert warned(give(app, PIN)) == ["Too many tries. Wait 55 seconds, then try again."]
    assert who(app) == "visitor"
    opened.now += 54
    assert warned(give(visit(), PIN)) == ["Too many tries. Wait 1 second, then try again."]
    opened.now += 1
    assert who(give(app, PIN)) == "presenter"


def test_the_tries_of_whoever_knew_the_pin_are_forgotten(opened: Clock) -> None:
    for _ in range(OF_ONE - 1):
        give(visit(), WRONG)
    give(visit(), PIN)

    assert "not the PIN" in warned(give(visit(), WRONG))[0]


def test_many_addresses_together_are_held_up_too(clock: Clock) -> None:
    tries = Tries(clock)

    waits = [tries.wait_s(f"10.0.{n}.1") for n in range(500)]

    assert waits.count(0) == OF_ALL
    assert set(waits[OF_ALL:]) == {WINDOW_S}
    clock.now += WINDOW_S
    assert tries.wait_s("10.0.0.1") == 0


def test_however_many_strangers_try_this_computer_is_not_held_up(clock: Clock) -> None:
    tries = Tries(clock)
    for n in range(500):
        tries.wait_s(f"10.0.{n}.1")

    waits = [tries.wait_s("127.0.0.1") for _ in range(OF_ONE + 1)]

    assert waits == [0] * OF_ONE + [WINDOW_S]
    assert tries.wait_s("10.0.0.2") == WINDOW_S
    assert tries.remembered() == OF_ALL + OF_ONE


def test_whom_one_address_held_up_holds_up_nobody_else(clock: Clock) -> None:
    tries = Tries(clock)
    for _ in range(1000):
        tries.wait_s("10.0.0.1")

    assert tries.wait_s("10.0.0.2") == 0


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40)), max_size=200))
def test_no_minute_has_more_tries_than_it_may(asked: list[tuple[int, int]]) -> None:
    clock = Clock()
    tries = Tries(clock)
    taken: list[tuple[float, int]] = []
    for pause, whose in asked:
        clock.now += pause
        if not tries.wait_s(f"10.0.0.{whose}"):
            taken.append((clock.now, whose))
        minute = [one for one in taken if clock.now - one[0] < WINDOW_S]
        assert len(minute) <= OF_ALL
        assert sum(of == whose for _, of in minute) <= OF_ONE
        assert tries.remembered() <= OF_ALL


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.168.1.5", "192.168.1.6", False),
        ("::ffff:192.168.1.5", "192.168.1.5", True),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("nonsense", "other nonsense", True),
    ],
)
def test_a_household_counts_as_one(one: str, other: str, same: bool) -> None:
    assert (household(one) == household(other)) is same


@pytest.mark.parametrize(
    ("environment", "address", "asks"),
    [
        ({"RUPA_PIN": PIN}, "0.0.0.0", True),
        ({"RUPA_PIN": PIN}, "localhost", True),
        ({}, "localhost", False),
        ({}, "127.0.0.1", False),
        ({}, "::1", False),
        ({}, "0.0.0.0", True),
        ({}, "192.168.1.5", True),
        ({}, None, True),
        ({"RUPA_PIN": "12345"}, "localhost", True),
        ({"RUPA_PIN": "secret"}, "localhost", True),
    ],
)
def test_an_app_that_others_reach_asks_for_a_pin(
    environment: dict[str, str], address: str | None, asks: bool
) -> None:
    access.begin(environment, address=address)

    assert (who(visit()) == "visitor") is asks
    assert environment == {}
    access.require(None)


def test_opened_without_a_pin_nobody_gets_in_and_the_page_says_why() -> None:
    access.begin({}, address="0.0.0.0")
    app = visit()
    access.require(None)

    assert not app.text_input
    assert "opened to a network without a PIN" in app.caption[0].value
    assert "set RUPA_PIN" in app.caption[0].value


def test_no_process_that_the_server_starts_inherits_the_pin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUPA_PIN", PIN)

    access.begin()
    access.require(None)

    assert "RUPA_PIN" not in os.environ


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_whom_a_proxy_on_this_computer_brings_is_not_its_owner(
    monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    access.begin({})
    headers = StreamlitHeaders([("Host", "localhost:8501"), (header, "203.0.113.7")])
    monkeypatch.setattr(type(streamlit.context), "headers", headers)

    app = visit()

    assert who(app) == "visitor"
    assert not app.text_input
    assert access.from_afar()


OWN = "192.168.1.5"


def come_from(monkeypatch: pytest.MonkeyPatch, address: str | None, **headers: str) -> None:
    """None is what Streamlit says of a browser at 127.0.0.1."""
    monkeypatch.setattr(type(streamlit.context), "ip_address", address)
    named = [(name.replace("_", "-"), text) for name, text in headers.items()]
    monkeypatch.setattr(type(streamlit.context), "headers", StreamlitHeaders(named))


@pytest.fixture
def crowded(clock: Clock) -> Iterator[None]:
    """Opened to a network in which strangers have just used up everybody's tries."""
    access.begin({"RUPA_PIN": PIN}, address="2001:db8::5", own=lambda: [OWN])
    tries = Tries(clock)
    access.require(PIN, tries)
    for n in range(OF_ALL):
        tries.wait_s(f"192.168.1.{100 + n}")
    yield
    access.begin({})


@pytest.mark.parametrize(
    ("address", "at_home"),
    [
        (None, True),
        (OWN, True),
        (f"::ffff:{OWN}", True),
        ("2001:db8::5", True),
        ("2001:db8::6", False),
        ("192.168.1.6", False),
        ("10.0.0.1", False),
    ],
)
def test_strangers_keep_no_browser_of_this_computer_out_by_whatever_address_it_comes(
    crowded: None, monkeypatch: pytest.MonkeyPatch, address: str | None, at_home: bool
) -> None:
    come_from(monkeypatch, address)

    assert who(give(visit(), PIN)) == ("presenter" if at_home else "visitor")


@pytest.mark.parametrize("address", [None, OWN, "2001:db8::5"])
def test_whom_a_proxy_on_this_computer_brings_waits_with_the_strangers_and_holds_up_nobody_here(
    crowded: None, monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    come_from(monkeypatch, address, X_Forwarded_For="203.0.113.7")
    for _ in range(OF_ONE + 1):
        assert "Too many tries" in warned(give(visit(), PIN))[0]

    come_from(monkeypatch, address)

    assert who(give(visit(), PIN)) == "presenter"
