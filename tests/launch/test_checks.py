import os
import sys
from pathlib import Path

import pytest

from launch import checks

GOOD = "def double(number: int) -> int:\n    return number * 2\n"
TEST = "from arithmetic import double\n\n\ndef test_it_doubles() -> None:\n    assert double(2) == {}\n"
SETTINGS = '[tool.mypy]\nfiles = ["."]\n[tool.pytest.ini_options]\npythonpath = ["."]\n'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "test", "fails"),
    [
        (GOOD, TEST.format(4), []),
        (GOOD.replace("* 2", "*2"), TEST.format(4), ["format"]),
        ("import os\n\n\n" + GOOD, TEST.format(4), ["lint"]),
        (GOOD.replace("number * 2", "str(number)"), TEST.format(4), ["types", "tests"]),
        (GOOD, TEST.format(5), ["tests"]),
    ],
)
def test_each_check_can_fail_and_none_hides_another(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], code: str, test: str, fails: list[str]
) -> None:
    (tmp_path / "arithmetic.py").write_text(code)
    (tmp_path / "test_arithmetic.py").write_text(test)
    (tmp_path / "pyproject.toml").write_text(SETTINGS)

    status = checks.run(Path(sys.executable), tmp_path, env=os.environ, pytest_args=["-k", "doubles"])

    summary = [line.split() for line in capfd.readouterr().out.splitlines()[-4:]]
    assert [words[0] for words in summary] == ["format", "lint", "types", "tests"]
    assert [words[0] for words in summary if words[1] == "FAILED"] == fails
    assert status == bool(fails)
