from pathlib import Path

import pytest

from launch import chromium


def test_a_machine_without_browser_and_packages_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "PLACES", ())

    chromium.ready(tmp_path / "log.txt")

    assert chromium.find() is None
    assert "browser tests will be skipped" in capsys.readouterr().out


def test_a_browser_on_the_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "google-chrome"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert chromium.find() == program
