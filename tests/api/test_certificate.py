"""The certificate of this computer: for these addresses, for a month, its key for nobody else, made anew in time."""

import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from api import certificate

NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)
NAMES = ("192.168.1.5", "2001:db8::1", "class.local", "localhost", "127.0.0.1")


def made(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "data" / "tls" / "rupa.pem"
    assert certificate.ready(file, NAMES, NOW)
    return file


def test_it_is_for_the_addresses_and_names_for_a_month_and_for_a_server_only(path: Path) -> None:
    found = made(path)

    key = found.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"
    alternatives = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert alternatives.get_values_for_type(x509.DNSName) == ["class.local", "localhost"]
    assert [str(one) for one in alternatives.get_values_for_type(x509.IPAddress)] == [
        "192.168.1.5",
        "2001:db8::1",
        "127.0.0.1",
    ]
    assert found.not_valid_after_utc - NOW == timedelta(days=30)
    assert found.not_valid_before_utc < NOW
    assert not found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    found.verify_directly_issued_by(found)


@pytest.mark.skipif(os.name != "posix", reason="Windows has other rights")
def test_nobody_else_may_read_the_key(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        certificate.ready(tmp_path / "tls" / "rupa.pem", NAMES, NOW)
    finally:
        os.umask(before)

    assert (tmp_path / "tls" / "rupa.pem").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o700
    assert [file.name for file in (tmp_path / "tls").iterdir()] == ["rupa.pem"]


def test_python_can_serve_with_it(path: Path) -> None:
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path, path)


def test_as_long_as_it_is_good_it_stays(path: Path) -> None:
    before = path.read_bytes()

    assert not certificate.ready(path, NAMES[::-1], NOW + timedelta(days=28))

    assert path.read_bytes() == before


@pytest.mark.parametrize("days", [29.5, 31, -2], ids=["ends tomorrow", "has ended", "not yet good"])
def test_it_is_made_anew_when_its_time_is_not_now(path: Path, days: float) -> None:
    later = NOW + timedelta(days=days)

    assert certificate.ready(path, NAMES, later)

    assert made(path).not_valid_after_utc == later + timedelta(days=30)


def test_it_is_made_anew_when_addresses_come_or_go(path: Path) -> None:
    assert certificate.ready(path, [*NAMES, "10.0.0.7"], NOW)
    assert certificate.ready(path, NAMES, NOW)


@pytest.mark.parametrize("spoilt", ["empty", "half", "another key", "open to all", "noise", "gone"])
def test_what_will_not_do_is_replaced(path: Path, spoilt: str, tmp_path: Path) -> None:
    data = path.read_bytes()
    cut = data.index(b"-----BEGIN PRIVATE KEY")
    if spoilt == "another key":
        certificate.ready(tmp_path / "other.pem", NAMES, NOW)
        other = (tmp_path / "other.pem").read_bytes()
        path.write_bytes(data[:cut] + other[other.index(b"-----BEGIN PRIVATE KEY") :])
    elif spoilt == "open to all":
        path.chmod(0o644)
    elif spoilt == "gone":
        path.unlink()
    else:
        path.write_bytes({"empty": b"", "half": data[:cut], "noise": os.urandom(2000)}[spoilt])

    assert certificate.ready(path, NAMES, NOW)

    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path, path)
    assert not certificate.ready(path, NAMES, NOW)


def test_ones_own_certificate_says_its_host_names_without_wildcards(tmp_path: Path) -> None:
    certificate.ready(tmp_path / "own.pem", ["rupa.school.example", "*.school.example", "192.168.1.5"], NOW)

    assert certificate.host_names(tmp_path / "own.pem") == ["rupa.school.example"]
