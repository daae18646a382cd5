"""Who may import whom, what may not be imported at the top, and what may not be committed."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Each room, and the rooms it may look into: pages -> ui, and pages, api -> training -> model. Anybody who speaks to
# people may use the words, which know nobody.
ROOMS: dict[str, set[str]] = {
    "pages": {"ui", "training", "model", "words"},
    "ui": {"words"},
    "api": {"training", "model", "words"},
    "training": {"model", "words"},
    "model": set(),
    "words": set(),
    "launch": set(),
}
WITHOUT_STREAMLIT = ("model", "training", "launch", "words")
SLOW_TO_IMPORT = {"tensorflow", "keras", "mtcnn", "streamlit"}


def faults(root: Path) -> list[str]:
    """Every import in the rooms under `root` that points the wrong way, as a sentence."""
    found = []
    for room, allowed in ROOMS.items():
        for file in sorted((root / room).rglob("*.py")):
            name = file.relative_to(root).as_posix()
            for imported, at_the_top in _imports(file, root):
                if imported in ROOMS and imported not in allowed | {room}:
                    found.append(f"{name} imports {imported}")
                elif imported == "streamlit" and room in WITHOUT_STREAMLIT:
                    found.append(f"{name} imports streamlit")
                elif imported in SLOW_TO_IMPORT and room == "model" and at_the_top:
                    found.append(f"{name} imports {imported} at its top")
                elif room == "launch" and imported not in sys.stdlib_module_names | {room}:
                    found.append(f"{name} imports {imported}, which a bare Python does not have")
    return found


def _imports(file: Path, root: Path) -> Iterator[tuple[str, bool]]:
    """First name of each module imported, however it is written, and whether that happens on import."""
    package = file.relative_to(root).parts[:-1]
    tree = ast.parse(file.read_text(encoding="utf-8"))
    later = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or _is_type_checking(node)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            above = package[: len(package) - node.level + 1]
            names = [".".join([*above, node.module or alias.name]) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__") and node.args:
            first = node.args[0]
            names = [first.value] if isinstance(first, ast.Constant) and isinstance(first.value, str) else []
        for name in names:
            yield name.partition(".")[0], node not in later


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]


def test_every_arrow_points_one_way() -> None:
    assert faults(ROOT) == []


@pytest.mark.parametrize(
    ("file", "code", "fault"),
    [
        ("model/bad.py", "from ui.router import ROOT", "model/bad.py imports ui"),
        ("model/bad.py", "def f():\n    import training.jobs", "model/bad.py imports training"),
        ("model/deep/bad.py", "from ...api import routes", "model/deep/bad.py imports api"),
        ("model/deep/bad.py", "from ... import api", "model/deep/bad.py imports api"),
        ("model/bad.py", "import os, streamlit.web", "model/bad.py imports streamlit"),
        ("model/bad.py", "import importlib\nimportlib.import_module('ui.cards')", "model/bad.py imports ui"),
        (
            "model/bad.py",
            "try:\n    import tensorflow as tf\nexcept E:\n    pass",
            "imports tensorflow at its top",
        ),
        ("model/bad.py", "class A:\n    from keras import layers", "imports keras at its top"),
        ("training/bad.py", "import streamlit as st", "training/bad.py imports streamlit"),
        ("training/bad.py", "from pages import photo", "training/bad.py imports pages"),
        ("ui/bad.py", "from model import card", "ui/bad.py imports model"),
        ("api/bad.py", "import ui", "api/bad.py imports ui"),
        ("launch/bad.py", "import numpy", "launch/bad.py imports numpy, which"),
    ],
)
def test_a_wrong_arrow_is_seen(tmp_path: Path, file: str, code: str, fault: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(code)

    found = faults(tmp_path)

    assert len(found) == 1
    assert fault in found[0]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("pages/good.py", "import ui\nimport streamlit\nfrom model import card\nimport training.jobs"),
        ("training/good.py", "import tensorflow\nfrom model import card"),
        ("model/good.py", "def f():\n    import tensorflow"),
        ("model/good.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import keras"),
        ("model/good.py", "from . import card\nfrom .card import LABELS\nimport numpy"),
    ],
)
def test_a_right_arrow_is_let_through(tmp_path: Path, file: str, code: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(code)

    assert faults(tmp_path) == []


def test_importing_the_model_does_not_load_what_is_slow() -> None:
    """By way of a third package either."""
    modules = [
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for file in sorted((ROOT / "model").rglob("*.py"))
        if file.stem not in ("__init__", "__main__")
    ]
    program = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        f"    assert not {SLOW_TO_IMPORT} & set(sys.modules), name\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program, *modules], cwd=ROOT, capture_output=True, text=True
    )

    assert ended.returncode == 0, ended.stderr[-500:]


MEGABYTE = 1_000_000
SOMEBODYS_FOLDER = re.compile(r"(?<![\w.])(/(work|root)/|/(home|Users)/\w+/|[A-Z]:\\\\?Users\\\\?\w)")
DATA_SUFFIXES = {".parquet", ".zip", ".tar", ".gz", ".tgz", ".7z", ".arrow", ".tfrecord"}
PICTURE_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".bmp", ".gif"}


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("needs a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_folder_of_somebodys_machine(tracked: list[Path]) -> None:
    naming = [file for file in tracked if SOMEBODYS_FOLDER.search(_text(file))]

    assert naming == []


@pytest.mark.parametrize("path", ["/root", "see /work", "'/home/ana", "C:" + "\\Users\\ana"])
def test_a_folder_of_somebodys_machine_is_seen(path: str) -> None:
    assert SOMEBODYS_FOLDER.search(path + "/")


def test_the_repository_holds_no_dataset_and_nothing_huge(tracked: list[Path]) -> None:
    huge = [file for file in tracked if file.stat().st_size > 25 * MEGABYTE]
    data = [f for f in tracked if f.suffix in DATA_SUFFIXES and "model/artifacts/" not in f.as_posix()]
    pictures = [file for file in tracked if file.suffix.lower() in PICTURE_SUFFIXES]
    of_pages = [file for file in pictures if "docs/screenshots/" in file.as_posix()]

    assert huge == []
    assert data == []
    assert len(pictures) - len(of_pages) < 40
    assert sum(file.stat().st_size for file in of_pages) < 6 * MEGABYTE


def _text(file: Path) -> str:
    content = file.read_bytes()
    return "" if b"\0" in content[:8192] else content.decode("utf-8", errors="replace")
