"""Small projects that the launcher sets up for real: a real `.venv`, real pip, packages of a few bytes."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    ("tiny", "1.0"),
    ("tiny", "2.0"),
    ("checker", "1.0"),
    ("tensorflow_cpu", "1.0"),
    ("tensorflow", "1.0"),
)
LIST = (
    "import json, importlib.metadata as m; print(json.dumps({d.name: d.version for d in m.distributions()}))"
)


@dataclass(frozen=True)
class Project:
    """A copy of the launcher beside requirement files of its own."""

    root: Path
    env: Mapping[str, str]

    def start(self, *words: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=self.root,
            env={**self.env, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def setup(self, **env: str) -> tuple[int, str]:
        with self.start("start.py", "setup", **env) as process:
            said = process.communicate(timeout=120)[0]
        return process.returncode, said

    def installed(self) -> dict[str, str]:
        """Name and version of what its `.venv` holds, pip aside."""
        python = self.root / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        said = subprocess.run([python, "-I", "-c", LIST], capture_output=True, text=True, check=True).stdout
        return {
            name: version for name, version in json.loads(said).items() if name not in ("pip", "setuptools")
        }

    def pip_calls(self) -> int:
        """Since the last time there was something to do."""
        return (self.root / ".setup" / "log.txt").read_text().count("-m pip install")


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The only packages there are."""
    folder = tmp_path_factory.mktemp("wheels")
    for name, version in PACKAGES:
        info = f"{name}-{version}.dist-info"
        with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}.py", f"version = {version!r}\n")
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
    return folder


@pytest.fixture
def project(tmp_path: Path, wheels: Path) -> Project:
    """One that was never set up."""
    return _project(tmp_path, wheels)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Path:
    project = _project(tmp_path_factory.mktemp("finished"), wheels)
    assert project.setup()[0] == 0
    return project.root


@pytest.fixture
def finished_project(finished: Path, tmp_path: Path, wheels: Path) -> Project:
    """One that is set up already."""
    shutil.copytree(finished, tmp_path, symlinks=True, dirs_exist_ok=True)
    return _project(tmp_path, wheels)


def _project(root: Path, wheels: Path) -> Project:
    shutil.copy(ROOT / "start.py", root)
    shutil.copytree(ROOT / "launch", root / "launch", dirs_exist_ok=True)
    (root / "requirements.txt").write_text("tensorflow-cpu==1.0\ntiny==1.0\n")
    (root / "requirements-dev.txt").write_text("checker==1.0\n")
    (root / "requirements-gpu.txt").write_text("tensorflow==1.0\n")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("RUPA_", "PIP_"))}
    pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    return Project(root, env | pip | {"RUPA_DEVICE": "cpu"})
