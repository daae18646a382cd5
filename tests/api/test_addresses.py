"""Where an address below the first level leads: to its last part, for people only."""

import pytest

from api.addresses import Addresses
from tests.api.asgi import Reader, ask, scope


def asked(path: str, accept: str = "text/html,*/*;q=0.8", query: bytes = b"") -> str | None:
    """Where a browser is sent, if anywhere."""
    came = ask(Addresses(Reader()), {**scope(path, "GET", accept=accept), "query_string": query})
    return came.headers["location"] if came.status == 307 else None


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/photo/about", "/about"),
        ("/a/b/c/", "/c"),
        ("/a//b", "/b"),
        ("/a/ ", "/a"),
        ("/ / ", "/"),
        ("/ ", None),
        ("/about", None),
        ("/about/", None),
        ("/", None),
        ("/photo/\\evil.example", "/%5Cevil.example"),
        ("//evil.example/x", "/x"),
        ("/a/b?c", "/b%3Fc"),
        ("/a/b\r\nset-cookie: c", "/b%0D%0Aset-cookie%3A%20c"),
        ("/api/docs", None),
        ("/static/js/index.js", None),
        ("/media/photo.jpg", None),
        ("/_stcore/health", None),
    ],
)
def test_an_address_below_the_first_level_leads_to_its_last_part(path: str, address: str | None) -> None:
    assert asked(path) == address


def test_the_language_goes_along() -> None:
    assert asked("/photo/about", query=b"lang=id") == "/about?lang=id"


def test_who_wants_no_page_is_left_alone() -> None:
    assert asked("/photo/about", accept="*/*") is None
