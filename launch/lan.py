"""The app opened to the local network: where it listens, its certificate, the presenter's PIN, and what is said of it.

Only addresses of the older kind are listened to unless one is named: behind a home's or a school's router those are
not reached from the Internet, which the newer ones often are.
"""

import getpass
import hashlib
import ipaddress
import os
import re
import secrets
import ssl
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from launch import addresses
from launch.trouble import LaunchError

EVERYWHERE = "0.0.0.0"
PIN_VARIABLE = "RUPA_PIN"
_PIN = re.compile("[0-9]{6,12}")
_THIS_COMPUTER = ("localhost", "127.0.0.1")
_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_MAKING_LIMIT_S = 60


@dataclass(frozen=True)
class Lan:
    """`shown` are the addresses for people, `allowed` every name that is answered."""

    address: str
    shown: tuple[str, ...]
    allowed: tuple[str, ...]
    certificate: Path
    key: Path
    own: bool  # the certificate is somebody's own, not made here
    pin: str = field(repr=False)

    @property
    def probe(self) -> str:
        """Where the server can be asked whether it is ready."""
        return "127.0.0.1" if ipaddress.ip_address(self.address).is_unspecified else _in_address(self.address)

    def settings(self) -> list[str]:
        """For Streamlit's command line, which everybody on this computer can read: no PIN."""
        names = [word for name in self.allowed for word in ("--server.allowedHosts", name)]
        files = ["--server.sslCertFile", str(self.certificate), "--server.sslKeyFile", str(self.key)]
        # What a page tells the room, as picture and in letters.
        shown = ["--browser.serverAddress", _in_address(self.shown[0])]
        return ["--server.address", self.address, *shown, *names, *files]

    def told(self, port: int) -> str:
        """What stands in the terminal once it is ready."""
        links = "\n".join(f"    https://{_in_address(name)}:{port}" for name in self.shown)
        stage = _in_address(self.shown[0]) if self.own else self.probe  # as the certificate has it
        told = (
            f"Everybody in this network can open:\n\n{links}\n\n"
            "with https:// in front, or the page will not come. Visitors can watch and try photos.\n\n"
            f"The presenter's PIN: {self.pin[:3]} {self.pin[3:]}\n\n"
            f"Give it at https://{stage}:{port}/stage on this computer, and the page Stage is in the menu.\n"
            "Whoever gives it, there or where else a page asks for the presenter, can teach, promote, delete and "
            "measure;\nnobody else can.\n"
        )
        if not self.own:
            told += (
                "\nThe browser will warn that it does not know this certificate. That is expected: Rupa made it on "
                "this\ncomputer, and no company vouches for it. Choose “Advanced”, then “Continue”. Whoever wants to "
                "be sure to\nhave reached this computer compares the certificate's SHA-256 fingerprint:\n\n"
                f"    {fingerprint(self.certificate)}\n"
            )
        if any(addresses.is_public(name) for name in self.shown if _is_address(name)):
            told += (
                "\nCareful: one of these addresses is public, so the whole Internet may be able to open it.\n"
            )
        return told


def opened(
    python: Path,
    root: Path,
    home: Path,
    *,
    address: str,
    pin: str | None,
    own: tuple[Path, Path] | None = None,
    env: Mapping[str, str],
) -> Lan:
    """What is needed to open the app under `address`; raises `LaunchError`."""
    if not _is_address(address):
        raise LaunchError(
            f"{address} is not an address of a computer: write one such as 192.168.1.5, or none, for all of them."
        )
    everywhere = ipaddress.ip_address(address).is_unspecified
    here = addresses.of_this_computer() if everywhere else [address]
    names = addresses.names_of_this_computer()
    allowed = [*here, *names, *_THIS_COMPUTER]
    pin = _checked(pin) if pin else f"{secrets.randbelow(10**6):06}"
    if own:
        certificate, key = own
        of_certificate = _read(certificate, key, python, root, env)
        shown = [*of_certificate, *here]
        allowed += of_certificate
    else:
        certificate = key = home / "data" / "tls" / "rupa.pem"
        _child(python, root, env, "ready", certificate, *dict.fromkeys(allowed))
        shown = [*here, *names[:1]]
    if not here:
        raise LaunchError(
            "This computer is in no network now: join one, then try again, or start without --lan for yourself alone."
        )
    return Lan(address, _once(shown), _once(allowed), certificate, key, bool(own), pin)


def asked_for() -> str:
    """A PIN of the presenter's choice; typed here, so that it stands in no list of processes."""
    try:
        return _checked(getpass.getpass("The presenter's PIN, 6 to 12 digits: "))
    except EOFError:
        raise LaunchError(f"Nobody can type a PIN here; set {PIN_VARIABLE} instead of --pin.") from None


def fingerprint(certificate: Path) -> str:
    """As browsers show it."""
    found = _CERTIFICATE.search(certificate.read_text(encoding="ascii", errors="replace"))
    if not found:
        raise LaunchError(f"There is no certificate in {certificate}.")
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(found[0])).digest().hex(":").upper()


def _checked(pin: str) -> str:
    digits = pin.replace(" ", "").replace("-", "")
    if not _PIN.fullmatch(digits):
        raise LaunchError("A presenter's PIN has 6 to 12 digits, and nothing else.")
    return digits


def _read(certificate: Path, key: Path, python: Path, root: Path, env: Mapping[str, str]) -> list[str]:
    """The host names of somebody's own certificate, once it and its key are known to fit."""
    try:
        # An empty password, so that a locked key is refused here and does not wait for somebody to type.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        raise LaunchError(
            f"{certificate} and {key} are not a certificate and its key, in PEM and without a password: {error}"
        ) from error
    return _child(python, root, env, "names", certificate).split()


def _child(python: Path, root: Path, env: Mapping[str, str], *words: str | os.PathLike[str]) -> str:
    command = [python, "-m", "api.certificate", *words]
    try:
        done = subprocess.run(
            command, cwd=root, env=env, capture_output=True, text=True, timeout=_MAKING_LIMIT_S, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise LaunchError(f"The certificate could not be made or read: {said[-1]}") from error
    return done.stdout


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _in_address(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def _once(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
