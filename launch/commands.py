"""The words after `start.py`, and what each does."""

import argparse
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from launch import checks, chromium, environment, lan, server
from launch.environment import LOG, PYTHON, ROOT
from launch.trouble import LaunchError

PORT = 8501
SETTINGS = {"home": "RUPA_HOME", "data": "RUPA_DATA", "device": "RUPA_DEVICE"}


def main(words: Sequence[str]) -> int:
    """Returns the exit status; says every expected trouble in one sentence."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    signal.signal(signal.SIGTERM, _told_to_end)
    try:
        return _do(_parse(words))
    except LaunchError as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the same command goes on from here.", file=sys.stderr)
        return 130


def _told_to_end(signum: int, _: object) -> None:
    """An exception, so that no child is left behind."""
    sys.exit(128 + signum)


def _do(asked: argparse.Namespace) -> int:
    for flag, name in SETTINGS.items():
        if value := getattr(asked, flag):
            os.environ[name] = value
    environment.ready(tests=asked.command == "test", afresh=asked.command == "setup")
    if asked.command == "setup":
        print("Rupa is set up. Start it with: python start.py")
        return 0
    env = environment.clean_env()
    if asked.command == "test":
        chromium.ready(LOG)
        return checks.run(PYTHON, ROOT, env=env, pytest_args=asked.pytest)
    network = _network(asked, env) if asked.lan else None
    return server.serve(PYTHON, ROOT, asked.port, env=env, browser=not asked.no_browser, lan=network)


def _network(asked: argparse.Namespace, env: Mapping[str, str]) -> lan.Lan:
    return lan.opened(
        PYTHON,
        ROOT,
        Path(os.environ.get("RUPA_HOME") or ROOT).absolute(),
        address=asked.lan,
        pin=lan.asked_for() if asked.pin else os.environ.get(lan.PIN_VARIABLE),
        own=(asked.cert, asked.key) if asked.cert else None,
        env={name: value for name, value in env.items() if name != lan.PIN_VARIABLE},
    )


def _parse(words: Sequence[str]) -> argparse.Namespace:
    own, pytest = list(words), []
    if "--" in own:
        cut = own.index("--")
        own, pytest = own[:cut], own[cut + 1 :]
    parser = argparse.ArgumentParser(
        prog="start.py",
        description="Rupa: how a machine guesses gender from a face.",
        epilog="Words after -- go to pytest: python start.py test -- -k images",
    )
    parser.add_argument(
        "command",
        nargs="?",
        choices=("run", "setup", "test"),
        default="run",
        help="run: start the app (what happens without a word); setup: only install; test: every check",
    )
    parser.add_argument("--port", type=_port, default=PORT, help=f"port of the page (default {PORT})")
    parser.add_argument("--no-browser", action="store_true", help="do not open the page")
    parser.add_argument("--home", type=_folder, help="folder for what the app keeps (or RUPA_HOME)")
    parser.add_argument("--data", type=_folder, help="folder of data sets (or RUPA_DATA)")
    parser.add_argument("--device", choices=("auto", "cpu", "gpu"), help="where to compute (or RUPA_DEVICE)")
    network = parser.add_argument_group("to show it to others in the same network")
    network.add_argument(
        "--lan",
        nargs="?",
        const=lan.EVERYWHERE,
        metavar="ADDRESS",
        help="let other computers open the page, encrypted; under this address only, or under all",
    )
    network.add_argument(
        "--pin",
        action="store_true",
        help="ask for the presenter's PIN (or RUPA_PIN) instead of making one up",
    )
    network.add_argument("--cert", type=_file, metavar="FILE", help="a certificate of your own, with --key")
    network.add_argument("--key", type=_file, metavar="FILE", help="its key")
    asked = parser.parse_args(own)
    if bool(asked.cert) != bool(asked.key):
        parser.error("--cert and --key are for use together")
    if (asked.pin or asked.cert) and not asked.lan:
        parser.error("--pin, --cert and --key are for: start.py --lan")
    if pytest and asked.command != "test":
        parser.error("words after -- are for: start.py test")
    asked.pytest = pytest
    return asked


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not {text}")
    return int(text)


def _file(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _folder(text: str) -> str:
    return str(Path(text).expanduser().resolve())
