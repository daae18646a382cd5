"""Under which addresses and names other computers of the network reach this one.

Nothing is sent: a datagram socket that is connected only asks the system which of its addresses it would use.
"""

import ipaddress
import re
import socket
import struct
import sys

# Somewhere beyond the router, and in each of the ranges that local networks use.
_ELSEWHERE = ("192.0.2.1", "10.255.255.254", "172.31.255.254", "192.168.255.254")
_HOST_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)
_SIOCGIFADDR = 0x8915


def of_this_computer() -> list[str]:
    """Its addresses of the older kind, without those that only it itself can use; the usual one first."""
    found = [*_by_route(), *_by_interface(), *_by_name()]
    return [one for one in dict.fromkeys(found) if not ipaddress.ip_address(one).is_loopback]


def names_of_this_computer() -> list[str]:
    """What it is called, and what phones and other computers call it where there is no name server."""
    name = socket.gethostname().lower().rstrip(".")
    if not _HOST_NAME.fullmatch(name) or name == "localhost":
        return []
    return [name] if "." in name else [f"{name}.local", name]


def is_public(address: str) -> bool:
    """Whether the whole Internet may be able to reach it."""
    return ipaddress.ip_address(address).is_global


def _by_route() -> list[str]:
    found = []
    for there in _ELSEWHERE:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
            try:
                asked.connect((there, 9))
            except OSError:
                continue
            found.append(str(asked.getsockname()[0]))
    return [one for one in found if one != "0.0.0.0"]


def _by_interface() -> list[str]:
    if not sys.platform.startswith("linux"):
        return []
    import fcntl

    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        for _, name in socket.if_nameindex():
            try:
                told = fcntl.ioctl(asked, _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue  # an interface without an address
            found.append(socket.inet_ntoa(told[20:24]))
    return found


def _by_name() -> list[str]:
    try:
        return [str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    except OSError:
        return []
