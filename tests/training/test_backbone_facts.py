"""What is known of backbones without building one."""

import subprocess
import sys
from pathlib import Path

import pytest

from training import backbone_facts, pretrained_imagenet
from training.backbone_facts import BACKBONES, BackboneError, Whereabouts

ROOT = Path(__file__).resolve().parents[2]


def test_neither_facts_nor_the_step_of_the_page_load_keras() -> None:
    program = (
        "import sys, pages.parts.train_recipe\nassert not {'keras', 'tensorflow', 'h5py'} & set(sys.modules)"
    )

    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)

    assert ended.returncode == 0, ended.stderr[-500:]


@pytest.mark.parametrize(
    ("name", "start", "where"),
    [
        ("face_resnet", "faces", "comes_with"),
        ("efficientnet_lite0", "imagenet", "comes_with"),
        ("xception", "random", "comes_with"),
        ("xception", "imagenet", "to_fetch"),
        ("mobilenet_v2", "imagenet", "here"),
    ],
)
def test_it_says_where_weights_are(
    name: str, start: str, where: Whereabouts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / pretrained_imagenet.FILES["mobilenet_v2_128"].name).write_bytes(b"x")

    assert backbone_facts.whereabouts(name, (128, 128, 3), start) == where


def test_a_refusal_carries_the_facts_of_its_sentence() -> None:
    with pytest.raises(BackboneError) as caught:
        backbone_facts.checked("inception_v3", (64, 64, 3), "random")

    assert caught.value.code == "too_small"
    assert str(caught.value) == backbone_facts.SENTENCES["too_small"].format(**caught.value.facts)


def test_every_backbone_has_its_effort_beside_the_shipped_model() -> None:
    assert all(0.1 < known.effort < 100 for known in BACKBONES.values())
