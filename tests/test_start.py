import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
START = ROOT / "start.py"


def test_a_wrong_python_gets_one_sentence() -> None:
    pretend = (
        "import runpy, sys; sys.version_info = (3, {}, 0); runpy.run_path(sys.argv[1], run_name='__main__')"
    )
    for minor in (10, 14):
        ended = _run([sys.executable, "-c", pretend.format(minor), START, "--help"])
        assert ended.returncode == 1
        assert ended.stderr.startswith("Rupa needs Python 3.11, 3.12 or 3.13")
        assert ended.stderr.count("\n") == 1


def test_an_old_python_can_read_the_door() -> None:
    modern = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Match)
    for node in ast.walk(ast.parse(START.read_text(encoding="ascii"), feature_version=(3, 4))):
        assert not isinstance(node, modern)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--port", "0"], "a port is a number from 1 to 65535, not 0"),
        (["--port", "http"], "a port is a number from 1 to 65535, not http"),
        (["--device", "tpu"], "invalid choice: 'tpu'"),
        (["run", "--", "-k", "images"], "words after -- are for: start.py test"),
        (["tset"], "invalid choice: 'tset'"),
    ],
)
def test_a_wrong_word_is_answered_before_anything_is_done(words: list[str], says: str) -> None:
    ended = _run([sys.executable, START, *words])

    assert ended.returncode == 2
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


def _run(command: list[str | Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60)
