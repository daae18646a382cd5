"""What can go wrong while installing, each as one sentence: what failed and what to do."""

import re

FREE_DISK_GB = 4

_NO_NETWORK = (
    "The packages could not be fetched: no network, or the package index did not answer. "
    "Check the connection (and the proxy settings, if you have one), then run the same command again."
)
_CERTIFICATE = (
    "The packages could not be fetched: the package index's certificate was not trusted, which a company "
    "network often causes. Set PIP_CERT to your company's certificate file, then run the same command again."
)
_DISK_FULL = (
    f"The disk is full. Make room (the packages take {FREE_DISK_GB} GB), then run the same command again."
)
_NOT_ALLOWED = (
    "Files could not be written. Put the project into a folder that belongs to you, and close programs that "
    "use its .venv, then run the same command again."
)
_LONG_PATHS = (
    "Windows refused a path for being too long. Move the project to a short path such as C:\\rupa, "
    "then run the same command again."
)
_NO_SUCH_PACKAGE = (
    "A package does not exist for this computer and this Python. Rupa runs on 64-bit Linux, macOS and "
    "Windows; another Python of 3.11 to 3.13 may help."
)
_MEMORY = (
    "The installer was ended by the system, most likely for lack of memory. Close other programs, try again."
)
_UNKNOWN = (
    "The packages could not be installed. Run the same command again; if that fails too, the log says why."
)

# In order: without a network pip ends with "No matching distribution" as well, so the cause comes first.
_SIGNS = (
    (r"No space left on device|\[Errno 28\]|not enough space on the disk|Disk quota exceeded", _DISK_FULL),
    (r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError", _CERTIFICATE),
    (
        r"NewConnectionError|ConnectTimeoutError|ReadTimeoutError|NameResolutionError|ProxyError|MaxRetryError"
        r"|getaddrinfo failed|Temporary failure in name resolution|Network is unreachable|Connection refused"
        r"|ConnectionResetError|RemoteDisconnected|ProtocolError|IncompleteRead|\b50[0234] Server Error",
        _NO_NETWORK,
    ),
    (r"Windows Long Path|WinError 206", _LONG_PATHS),
    (r"Permission denied|PermissionError|Read-only file system|WinError (5|32)\b", _NOT_ALLOWED),
    (r"MemoryError|Cannot allocate memory", _MEMORY),
    (r"No matching distribution found|is not a supported wheel on this platform", _NO_SUCH_PACKAGE),
)


class LaunchError(Exception):
    """Its text is one sentence for the person at the terminal."""


def sentence(log: str, exit_status: int = 1) -> str:
    """What a failed installation's log means."""
    for signs, meaning in _SIGNS:
        if re.search(signs, log):
            return meaning
    return _MEMORY if exit_status == -9 else _UNKNOWN
