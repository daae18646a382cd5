import pytest

from launch.trouble import sentence

NO_MATCH = "ERROR: No matching distribution found for numpy==2.4.6"


@pytest.mark.parametrize(
    ("log", "says"),
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "disk is full",
        ),
        (
            f"WARNING: Retrying ... NewConnectionError('Failed to establish a new connection')\n{NO_MATCH}",
            "no network",
        ),
        (f"... ProxyError('Cannot connect to proxy.')\n{NO_MATCH}", "no network"),
        (
            f"ReadTimeoutError(\"HTTPSConnectionPool(host='x', port=443): Read timed out.\")\n{NO_MATCH}",
            "no network",
        ),
        (f"SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))\n{NO_MATCH}", "PIP_CERT"),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: 'x'",
            "belongs to you",
        ),
        ("HINT: This error might have occurred since Windows Long Path support is not enabled", "short path"),
        (NO_MATCH, "does not exist for this computer"),
        ("something never seen before", "Run the same command again"),
    ],
)
def test_a_failed_installation_is_told_in_a_sentence_with_a_remedy(log: str, says: str) -> None:
    assert says in sentence(log)


def test_a_killed_installer_points_at_memory() -> None:
    assert "memory" in sentence("", exit_status=-9)
