"""Which model answers: promoted where the gate lets it or for a reason, written down, and gone back from."""

import errno
import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from model import atomic, registry, running
from model import card as cards
from model.card import KERAS, LITERT, ModelError
from model.registry import Artifact
from tests.training import disks, tables
from tests.training.test_gate import tables as flipped
from training import evaluations, prediction_table, promotion
from training.__main__ import main
from training.gate import gate
from training.page_asked import Judge
from training.promotion import PromotionError

FILE = "evaluation-photos-0123abcd-test-crops.parquet"
SAMPLE = Path(__file__).parents[1] / "samples" / "astronaut.png"
BETTER, ALIKE = (400, 40, 2), (400, 5, 5)

Make = Callable[[str, tuple[int, int, int]], None]


@pytest.fixture
def home(small_model: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUPA_HOME", str(tmp_path))
    shutil.copytree(small_model.folder, tmp_path / "runs" / "old" / "model")
    registry.activate("old")
    return tmp_path


@pytest.fixture
def make(home: Path) -> Make:
    """Make a model with these flips against "old", and against whoever else answers when it is compared."""

    def made(name: str, flips: tuple[int, int, int]) -> None:
        folder = home / "runs" / name / "model"
        shutil.copytree(home / "runs" / "old" / "model", folder)
        before, after = flipped({"White": flips})
        keep(folder / FILE, after, cards.read(folder))
        card = cards.read(folder)
        cards.write(folder, replace(card, files={**card.files, FILE: cards.sha256(folder / FILE)}))
        for other in ("old", "rupa-1"):
            keep(evaluations.folder(other) / FILE, before, registry.find(other).card)

    return made


def keep(path: Path, table: pd.DataFrame, card: cards.Card) -> None:
    said = tables.about(model_hash=card.files[KERAS], source="crops", split="test")
    prediction_table.write(path, table.astype({"p_male": "float32"}), said)


def test_a_better_model_answers_from_now_on_and_it_is_written_down(home: Path, make: Make) -> None:
    make("new", BETTER)

    change = promotion.promote("new")

    assert registry.active_name() == "new"
    assert (change.kind, change.before, change.after, change.verdict) == ("promote", "old", "new", "promote")
    assert change.sha256 == registry.find("new").card.files[KERAS]
    assert change.reason is None
    assert "flips" in change.said
    assert promotion.history() == [change]


def test_where_the_gate_does_not_speak_for_it_a_reason_is_needed_and_kept(home: Path, make: Make) -> None:
    make("new", ALIKE)
    with pytest.raises(PromotionError) as refused:
        promotion.promote("new", reason=" \n ")
    assert (refused.value.code, registry.active_name(), promotion.history()) == ("needs_reason", "old", [])

    change = promotion.promote("new", reason="It is\nsmaller. " + "x" * 9999)

    assert registry.active_name() == "new"
    assert change.verdict == "unclear"
    assert change.reason is not None
    assert change.reason.startswith("It is smaller. xxx")
    assert len(change.reason) == promotion.MAX_REASON


def test_going_back_takes_one_step_at_a_time(home: Path, make: Make) -> None:
    for name in ("new", "newer"):
        make(name, BETTER)
        keep(evaluations.folder("new") / FILE, flipped({"White": BETTER})[0], registry.find("old").card)
        promotion.promote(name)

    steps = [promotion.roll_back().after, promotion.roll_back().after]

    assert steps == ["new", "old"]
    assert registry.active_name() == "old"
    with pytest.raises(PromotionError) as refused:
        promotion.roll_back()
    assert refused.value.code == "nothing_before"
    assert [change.kind for change in promotion.history()] == ["roll_back", "roll_back", "promote", "promote"]
    assert promotion.promote("newer").before == "old"
    assert promotion.roll_back().after == "old"


def test_a_model_that_was_chosen_by_hand_is_gone_back_to_as_well(home: Path, make: Make) -> None:
    make("new", BETTER)
    make("newer", BETTER)
    promotion.promote("new")
    registry.activate("rupa-1")
    promotion.promote("newer", reason="to see")

    assert promotion.roll_back().after == "rupa-1"


def interrupted(home: Path, change: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Do it with a disk that takes the line and not the choice; what a power cut between them leaves of the lines."""
    written: list[bytes] = []

    def no_room(name: str) -> None:
        written.append((home / "data" / "promotions.jsonl").read_bytes())
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(registry, "activate", no_room)
        with pytest.raises(PromotionError) as refused:
            change()
    assert refused.value.code == "disk_full"
    [line] = written
    return line


def test_a_power_cut_between_the_line_and_the_choice_changes_nothing(
    home: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = home / "data" / "promotions.jsonl"
    make("new", BETTER)
    lines.write_bytes(interrupted(home, lambda: promotion.promote("new"), monkeypatch))

    assert (registry.active_name(), promotion.before()) == ("old", None)
    promotion.promote("new")
    lines.write_bytes(interrupted(home, promotion.roll_back, monkeypatch))
    assert (registry.active_name(), promotion.before()) == ("new", "old")
    assert promotion.roll_back().after == "old"
    assert promotion.before() is None


def test_where_the_choice_finds_no_room_no_change_is_told_of_that_never_was(
    home: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("new", "newer"):
        make(name, BETTER)
    interrupted(home, lambda: promotion.promote("new"), monkeypatch)
    assert promotion.history() == []
    first = promotion.promote("new")

    for change in (
        lambda: promotion.promote("newer", reason="to see"),
        promotion.roll_back,
        lambda: promotion.take_back(first),
    ):
        interrupted(home, change, monkeypatch)
        assert (registry.active_name(), promotion.history()) == ("new", [first])


def test_where_the_line_finds_no_room_the_model_that_answers_goes_on(
    home: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("new", BETTER)
    first = promotion.promote("new")
    write = atomic.write

    def no_room_for_lines(path: Path, data: bytes, mode: int = 0o666) -> None:
        if path.name == "promotions.jsonl":
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, data, mode)

    monkeypatch.setattr(atomic, "write", no_room_for_lines)
    for change in (promotion.roll_back, lambda: promotion.take_back(first)):
        with pytest.raises(PromotionError):
            change()

        assert (registry.active_name(), promotion.history()) == ("new", [first])


def test_a_model_whose_files_were_changed_never_answers(home: Path, make: Make) -> None:
    make("new", BETTER)
    with (home / "runs" / "new" / "model" / LITERT).open("ab") as file:
        file.write(b"!")

    with pytest.raises(ModelError) as refused:
        promotion.promote("new", reason="I trust it")

    assert (refused.value.code, registry.active_name(), promotion.history()) == ("file_changed", "old", [])


def test_what_was_not_examined_on_the_same_photos_is_named(home: Path, make: Make) -> None:
    make("new", BETTER)
    file = evaluations.folder("old") / FILE
    whole, about = prediction_table.read(file)

    file.unlink()
    none = gate("new", "old")
    prediction_table.write(file, whole.iloc[:-1], about)
    fewer = gate("new", "old")
    prediction_table.write(file, whole, replace(about, source="raw"))
    otherwise = gate("new", "old")
    prediction_table.write(file, whole, replace(about, model_hash="0" * 64))
    another = gate("new", "old")
    prediction_table.write(file, whole.iloc[::-1], about)
    mixed = gate("new", "old")

    for found in (none, fewer, otherwise, another):
        assert (found.answer, found.needed) == ("unclear", (Judge("old", "new"),))
        assert [line.text for line in found.lines] == [
            "old has not been asked about the same 400 photos yet; let it be asked first."
        ]
    assert (mixed.answer, mixed.needed) == ("promote", ())
    assert gate("old", "new").lines[0].code == "never_judged"
    assert gate("new", "new").lines[0].code == "same"


def test_a_model_that_is_gone_is_gone_back_past(home: Path, make: Make) -> None:
    for name in ("new", "newer"):
        make(name, BETTER)
        promotion.promote(name, reason="to see")
    shutil.rmtree(home / "runs" / "new")

    assert promotion.before() == "old"
    assert promotion.roll_back().after == "old"
    assert promotion.before() is None


def test_who_was_shown_another_model_to_go_back_to_changes_nothing(home: Path, make: Make) -> None:
    for name in ("new", "newer"):
        make(name, BETTER)
        promotion.promote(name, reason="to see")
    shown = promotion.before()
    assert promotion.roll_back(shown).after == shown == "new"

    with pytest.raises(PromotionError) as refused:
        promotion.roll_back(shown)  # on the page of another, who had not seen the first

    assert (refused.value.code, registry.active_name(), promotion.before()) == ("other_before", "new", "old")


def test_what_was_trained_anew_under_a_name_is_not_what_was_promoted_under_it(home: Path, make: Make) -> None:
    for name in ("new", "newer"):
        make(name, BETTER)
        promotion.promote(name, reason="to see")
    promotion.roll_back("new")
    promotion.promote("newer", reason="to see")
    folder = home / "runs" / "new" / "model"
    assert promotion.before() == "new"

    with (folder / KERAS).open("ab") as file:
        file.write(b"!")
    card = cards.read(folder)
    cards.write(folder, replace(card, files={**card.files, KERAS: cards.sha256(folder / KERAS)}))

    assert promotion.before() == "old"


def test_an_update_of_the_app_leaves_the_way_back_to_the_model_that_ships_with_it(
    home: Path, make: Make
) -> None:
    make("new", BETTER)
    registry.activate("rupa-1")
    promotion.promote("new", reason="to see")
    promotion.roll_back("rupa-1")
    promotion.promote("new", reason="to see")
    lines = home / "data" / "promotions.jsonl"
    of_today = registry.find("rupa-1").card.files[KERAS]
    lines.write_text(lines.read_text().replace(of_today, "0" * 64))

    assert promotion.before() == "rupa-1"


def test_the_model_that_answers_is_not_the_one_to_go_back_to(home: Path, make: Make) -> None:
    for name in ("new", "newer", "new"):
        if not (home / "runs" / name).exists():
            make(name, BETTER)
        promotion.promote(name, reason="to see")
    shutil.rmtree(home / "runs" / "newer")

    assert promotion.before() == "old"


def test_a_full_disk_changes_nothing_and_is_one_sentence(
    home: Path, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("new", BETTER)
    promotion.promote("new")
    with disks.of_size(home / "small", mb=1) as place:
        shutil.copytree(home / "data", place / "data")
        (place / "runs").symlink_to(home / "runs")
        monkeypatch.setenv("RUPA_HOME", str(place))
        disks.fill(place)

        with pytest.raises(PromotionError) as refused:
            promotion.roll_back()

        assert refused.value.code == "disk_full"
        assert registry.active_name() == "new"


def test_who_asks_all_the_time_is_answered_while_models_come_and_go(
    home: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUPA_DEVICE", "cpu")
    monkeypatch.setattr(running, "_opening", None)
    make("new", BETTER)
    data, over = SAMPLE.read_bytes(), threading.Event()
    answered: list[str] = []
    failed: list[object] = []

    def visit() -> None:
        while not over.is_set():
            asked = running.get()
            reading = asked.pipeline.read(data)
            answered.append(asked.artifact.name)
            if reading.error or not reading.faces:
                failed.append(reading.error)

    visitors = [threading.Thread(target=visit) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    names = []
    for _ in range(3):
        for change in (lambda: promotion.promote("new"), promotion.roll_back):
            change()
            running.exchange()
            names.append(running.get().artifact.name)
    over.set()
    for visitor in visitors:
        visitor.join()
    running.get().service.close()

    assert failed == []
    assert names == ["new", "old"] * 3
    assert {"new", "old"} <= set(answered)


def test_lines_that_cannot_be_read_are_passed_over(home: Path, make: Make) -> None:
    make("new", BETTER)
    path = home / "data" / "promotions.jsonl"
    path.write_bytes(b'{"kind": "promote"\n[]\n\xff\n' + json.dumps({"kind": "steal"}).encode())

    change = promotion.promote("new")

    assert promotion.history() == [change]
    assert promotion.roll_back().after == "old"


def test_nobody_promotes_what_answers_already_or_is_not_there(home: Path) -> None:
    with pytest.raises(PromotionError) as refused:
        promotion.promote("old")
    assert refused.value.code == "answers_already"
    with pytest.raises(ModelError):
        promotion.promote("../../etc", reason="please")


def test_the_terminal_promotes_says_why_and_goes_back(
    home: Path, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    make("new", BETTER)
    codes = [main(["promote", "new"])]
    make("alike", ALIKE)

    codes += [main(["promote", *words]) for words in (["alike"], ["--back"], [])]

    said = capsys.readouterr()
    assert codes == [0, 1, 0, 0]
    assert "Better on 40, worse on 2 of 400 faces." in said.out
    assert "new answers from now on." in said.out
    assert "old answers again." in said.out
    assert "new -> old" in said.out
    assert said.err.count("\n") == 1


def test_the_terminal_takes_a_runs_folder_and_names_the_models_that_there_are(
    home: Path, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    make("new", BETTER)

    codes = [main(["promote", *words]) for words in ([], ["nobody"], [f"{home / 'runs' / 'new'}/"])]

    said = capsys.readouterr()
    assert codes == [0, 1, 0]
    assert said.out.startswith("None yet; ")
    assert "new answers from now on." in said.out
    assert said.err.splitlines()[-1].startswith("There are: ")
