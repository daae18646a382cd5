"""A bucket of tokens for each client, filled by a clock that stands still until a test moves it."""

from dataclasses import dataclass

from api.rates import Rates
from tests.api.asgi import Reader, ask, scope


@dataclass
class Clock:
    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


def statuses(rates: Rates, count: int, client: str = "10.0.0.1", path: str = "/api/v1/models") -> list[int]:
    return [ask(rates, scope(path, "GET", client)).status for _ in range(count)]


def test_a_burst_is_answered_and_then_as_many_as_the_clock_allows() -> None:
    clock = Clock()
    rates = Rates(Reader(), per_second=2, burst=3, now=clock)

    assert statuses(rates, 5) == [200, 200, 200, 429, 429]
    clock.now_s += 0.5
    assert statuses(rates, 2) == [200, 429]
    clock.now_s += 1000
    assert statuses(rates, 4) == [200, 200, 200, 429]


def test_the_refusal_says_when_to_come_again() -> None:
    clock = Clock()
    rates = Rates(Reader(), per_second=0.125, burst=1, now=clock)
    statuses(rates, 1)

    refusal = ask(rates, scope(client="10.0.0.1"))
    assert (refusal.status, refusal.code, refusal.headers["retry-after"]) == (429, "rate_limit", "8")
    assert b"8 s" in refusal.body

    clock.now_s += 8
    assert statuses(rates, 1) == [200]


def test_asking_while_refused_does_not_put_the_next_answer_off() -> None:
    clock = Clock()
    rates = Rates(Reader(), per_second=1, burst=1, now=clock)
    statuses(rates, 50)
    clock.now_s += 1

    assert statuses(rates, 1) == [200]


def test_each_client_has_its_own() -> None:
    rates = Rates(Reader(), burst=1, now=Clock())

    assert statuses(rates, 2, "10.0.0.1") == [200, 429]
    assert statuses(rates, 2, "10.0.0.2") == [200, 429]


def test_the_addresses_of_one_household_count_as_one() -> None:
    rates = Rates(Reader(), burst=2, now=Clock())

    assert statuses(rates, 1, "2001:db8::1") == [200]
    assert statuses(rates, 2, "2001:db8::ffff:2") == [200, 429]
    assert statuses(rates, 1, "2001:db8:0:1::1") == [200]


def test_addresses_of_the_older_kind_do_not_become_one_when_written_as_the_newer() -> None:
    clock = Clock()
    rates = Rates(Reader(), per_second=1, burst=1, now=clock)

    assert statuses(rates, 2, "::ffff:192.168.1.5") == [200, 429]
    assert statuses(rates, 1, "::ffff:192.168.1.6") == [200]
    assert statuses(rates, 1, "192.168.1.5") == [429]


def test_the_table_has_an_end_and_forgets_who_was_quiet_longest() -> None:
    rates = Rates(Reader(), burst=1, max_clients=3, now=Clock())
    for number in range(100):
        statuses(rates, 1, f"10.0.0.{number}")

    assert len(rates._buckets) == 3
    assert statuses(rates, 1, "10.0.0.99") == [429]
    assert statuses(rates, 1, "10.0.0.1") == [200]


def test_pages_are_not_counted() -> None:
    rates = Rates(Reader(), burst=1, now=Clock())

    assert statuses(rates, 3, path="/_stcore/upload_file/a/b") == [200] * 3
    assert statuses(rates, 3, path="/healthz") == [200] * 3


def test_a_request_without_an_address_is_counted_too() -> None:
    rates = Rates(Reader(), burst=1, now=Clock())
    local = scope()
    local["client"] = None

    assert [ask(rates, local).status for _ in range(2)] == [200, 429]
