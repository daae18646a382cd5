"""The project's own `.venv` with what the requirement files pin; made once, kept until they change.

`.venv/rupa.json` is written last and says what was installed, so an environment without it is a
half-made one. A lock keeps two terminals from building at the same time.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from launch.child import Command
from launch.lock import alone
from launch.progress import pip_step, run_quietly
from launch.trouble import FREE_DISK_GB, LaunchError, sentence

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "rupa.json"
NOTES = ROOT / ".setup"
LOG = NOTES / "log.txt"
SOURCES = ("app.py", "ui", "pages", "api", "model", "training")

# Where there is an NVIDIA card, the package of the same name with CUDA takes their place, never beside them.
_TENSORFLOW = re.compile(r"tensorflow(-cpu)?==")
_SAY_VERSION = "import sys; print('{}.{}'.format(*sys.version_info))"

Contents = dict[str, str]


def ready(*, tests: bool = False, afresh: bool = False) -> None:
    """See to it that `PYTHON` runs with every pinned package, doing only what is missing.

    A finished environment is trusted, unless `afresh` asks whether the machine has an NVIDIA card now.
    """
    if not afresh and _stands(_stamp(), tests):
        return
    try:
        NOTES.mkdir(exist_ok=True)
        with alone(NOTES / "lock"):
            _install(tests)
    except OSError as error:
        raise LaunchError(f"{sentence(str(error))}\nThe system said: {error}") from error


def clean_env() -> dict[str, str]:
    """Ours without what would let another Python's packages in."""
    foreign = ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX")
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    return kept | {"PYTHONUTF8": "1", "PIP_USER": "0"}


def _stands(stamp: Contents, tests: bool) -> bool:
    """Does a finished environment hold what the files ask for? With whichever Python it was made."""
    gpu = stamp.get("gpu") == "yes"
    return _runs(stamp) and stamp.items() >= _wanted(gpu, tests).items()


def _runs(stamp: Contents) -> bool:
    """Is its Python still there, and still the one it was made with? A system's upgrade may have changed it."""
    try:
        answer = subprocess.run(
            [PYTHON, "-I", "-S", "-c", _SAY_VERSION], capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "python" in stamp and answer.stdout.strip() == stamp["python"]


def _wanted(gpu: bool, tests: bool) -> Contents:
    files = ["requirements.txt"] + ["requirements-gpu.txt"] * gpu + ["requirements-dev.txt"] * tests
    hashes = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in files}
    return {"gpu": "yes" if gpu else "no"} | hashes


def _stamp() -> Contents:
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}


def _install(tests: bool) -> None:
    gpu, stamp = _nvidia_answers(), _stamp()
    wanted, runs = _wanted(gpu, tests), _runs(stamp)
    if runs and stamp.items() >= wanted.items():
        return
    LOG.write_text("", encoding="utf-8")
    if runs and stamp["gpu"] == wanted["gpu"]:
        python = stamp["python"]
        STAMP.unlink()
    else:
        python = _make_venv()
    if stamp.get("requirements-dev.txt"):
        wanted |= _wanted(gpu, tests=True)
    _pip(wanted)
    _compile()
    half_written = STAMP.with_suffix(".new")
    half_written.write_text(json.dumps({"python": python} | wanted, indent=1), encoding="utf-8")
    half_written.replace(STAMP)


def _make_venv() -> str:
    """Returns the version of its Python: the one that runs this."""
    if Path(sys.prefix).resolve() == VENV.resolve():
        raise LaunchError(
            "The .venv must be made anew, and this is its own Python: leave it (deactivate), then try again."
        )
    if not importlib.util.find_spec("venv") or not importlib.util.find_spec("ensurepip"):
        raise LaunchError(
            "This Python comes without its venv module. On Debian or Ubuntu install it with: "
            f"sudo apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        )
    free_gb = shutil.disk_usage(ROOT).free / 1e9
    if free_gb < FREE_DISK_GB:
        raise LaunchError(
            f"Rupa's packages take about {FREE_DISK_GB} GB, this disk has {free_gb:.1f} GB free: make room."
        )
    command: Command = [sys.executable, "-I", "-m", "venv", "--clear", VENV]
    print("Setting Rupa up, which takes some minutes on a slow line.", flush=True)
    title = "Making .venv afresh" if VENV.exists() else "Making .venv"
    _must(run_quietly(command, title, log=LOG, env=clean_env()))
    return "{}.{}".format(*sys.version_info)


def _pip(wanted: Contents) -> None:
    """One call for all files, so that pip weighs every pin at once."""
    files = {
        name: (ROOT / name).read_text(encoding="utf-8").splitlines()
        for name in wanted
        if name.endswith(".txt")
    }
    if wanted["gpu"] == "yes":
        files["requirements.txt"] = [
            line for line in files["requirements.txt"] if not _TENSORFLOW.match(line)
        ]
    chosen = VENV / "requirements.txt"
    chosen.write_text("\n".join(line for lines in files.values() for line in lines) + "\n", encoding="utf-8")
    flags = ["--disable-pip-version-check", "--no-input", "--no-warn-script-location", "--no-compile"]
    flags += ["--progress-bar", "off", "--only-binary", ":all:"]
    command: Command = [PYTHON, "-I", "-m", "pip", "install", *flags, "-r", chosen]
    title = "Installing packages"
    _must(run_quietly(command, title, log=LOG, env=clean_env(), step=pip_step))


def _compile() -> None:
    """Bytecode on all cores; that some package's template does not compile is no fault."""
    folders = [VENV / "lib", VENV / "Lib", *(ROOT / name for name in SOURCES)]
    command: Command = [
        PYTHON,
        "-m",
        "compileall",
        "-q",
        "-j",
        "0",
        *(folder for folder in folders if folder.exists()),
    ]
    run_quietly(command, "Compiling", log=LOG, env=clean_env())


def _must(status: int) -> None:
    if status:
        log = LOG.read_text(encoding="utf-8", errors="replace")
        raise LaunchError(f"{sentence(log, status)}\nThe log: {LOG}")


def _nvidia_answers() -> bool:
    """Only Linux has TensorFlow wheels that use the card."""
    tool = shutil.which("nvidia-smi")
    if not sys.platform.startswith("linux") or not tool or os.environ.get("RUPA_DEVICE") == "cpu":
        return False
    try:
        answer = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and "GPU " in answer.stdout
