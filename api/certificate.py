"""The certificate with which the app is opened to a network: made here, for this computer's addresses, for 30 days.

`start.py --lan` runs this as a child, because it cannot import the package that makes certificates. Certificate and
key lie in one file, which is replaced as a whole and which nobody else on this computer may read.

    python -m api.certificate ready FILE NAME...    make it, where what is there will not do
    python -m api.certificate names FILE            the host names that somebody's own certificate is for
"""

import ipaddress
import os
import sys
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from model import atomic

VALID = timedelta(days=30)
RENEWED_BEFORE = timedelta(days=1)  # a lesson should not see it run out
_CLOCKS_DIFFER = timedelta(hours=1)
_PRIVATE, _PRIVATE_FOLDER = 0o600, 0o700

_Name = x509.DNSName | x509.IPAddress


def ready(file: Path, names: Collection[str], now: datetime | None = None) -> bool:
    """See to it that `file` is good for these addresses and host names; says whether it was made anew."""
    now = now or datetime.now(UTC)
    if _will_do(file, names, now):
        return False
    file.parent.mkdir(parents=True, exist_ok=True, mode=_PRIVATE_FOLDER)
    atomic.write(file, _made(names, now), _PRIVATE)
    return True


def host_names(file: Path) -> list[str]:
    """Those a certificate is for, without wildcards; raises `ValueError` where there is none in the file."""
    try:
        found = _alternatives(x509.load_pem_x509_certificates(file.read_bytes())[0])
    except x509.ExtensionNotFound:
        return []
    return [name for name in found.get_values_for_type(x509.DNSName) if "*" not in name]


def _will_do(file: Path, names: Collection[str], now: datetime) -> bool:
    try:
        data = file.read_bytes()
        certificate = x509.load_pem_x509_certificate(data)
        key = serialization.load_pem_private_key(data, password=None)
        known = set(_alternatives(certificate))
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    return (
        certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc - RENEWED_BEFORE
        and known == {_name(name) for name in names}
        and certificate.public_key() == key.public_key()
        and (os.name != "posix" or file.stat().st_mode & 0o777 == _PRIVATE)
    )


def _made(names: Collection[str], now: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Rupa")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + secret


def _alternatives(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def _name(name: str) -> _Name:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def main(words: Sequence[str]) -> int:
    what, file, *names = words
    if what == "names":
        print("\n".join(host_names(Path(file))))
    else:
        ready(Path(file), names)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
