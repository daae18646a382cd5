"""The weights that ImageNet taught the networks of `keras.applications`: from Keras' home, checked, kept, or refused.

Keras' own downloader waits without end where a network swallows packets; this one gives up within seconds.
It keeps the files where Keras keeps them, so that what is already there is used, online or not.
"""

import hashlib
import http.client
import os
import queue
import secrets
import threading
import urllib.request
from dataclasses import dataclass
from pathlib import Path

HOME = "https://storage.googleapis.com/"
ANSWER_WITHIN_S = 8.0
SILENT_AT_MOST_S = 20.0
_AT_ONCE = 1 << 20


class UnreachableError(Exception):
    """The weights are not here and cannot be fetched; the text is the reason."""


@dataclass(frozen=True)
class WeightsFile:
    """Where a file lies under `HOME`, and its MD5 or SHA-256 where Keras' source gives one."""

    path: str
    digest: str | None = None

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


_NO_TOP = "weights_tf_dim_ordering_tf_kernels_notop.h5"
_TF = "tensorflow/keras-applications"
FILES = {
    "vgg16": WeightsFile(f"{_TF}/vgg16/vgg16_{_NO_TOP}", "6d6bbae143d832006294945121d1f1fc"),
    "vgg19": WeightsFile(f"{_TF}/vgg19/vgg19_{_NO_TOP}", "253f8cb515780f3b799900260a226db6"),
    "inception_v3": WeightsFile(
        f"{_TF}/inception_v3/inception_v3_{_NO_TOP}", "bcbd6486424b2319ff4ef7d526e38f63"
    ),
    "resnet50": WeightsFile(f"{_TF}/resnet/resnet50_{_NO_TOP}", "4d473c1dd8becc155b73f8504c6f6626"),
    "resnet101": WeightsFile(f"{_TF}/resnet/resnet101_{_NO_TOP}", "88cf7a10940856eca736dc7b7e228a21"),
    "resnet50_v2": WeightsFile(f"{_TF}/resnet/resnet50v2_{_NO_TOP}", "fac2f116257151a9d068a22e544a4917"),
    "xception": WeightsFile(f"{_TF}/xception/xception_{_NO_TOP}", "b0042744bf5b25fce3cb969f33bebb97"),
    "efficientnet_b0": WeightsFile(
        "keras-applications/efficientnetb0_notop.h5", "50bc09e76180e00e4465e1a485ddc09d"
    ),
    "efficientnet_v2_b0": WeightsFile(
        f"{_TF}/efficientnet_v2/efficientnetv2-b0_notop.h5", "893217f2bb855e2983157299931e43ff"
    ),
    "convnext_tiny": WeightsFile(
        f"{_TF}/convnext/convnext_tiny_notop.h5",
        "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
    ),
}
MOBILENET_SIZES = (96, 128, 160, 192, 224)
FILES |= {
    f"mobilenet_v2_{size}": WeightsFile(
        f"{_TF}/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_{size}_no_top.h5"
    )
    for size in MOBILENET_SIZES
}


def fetch(name: str) -> Path:
    """The weights file of `name`, fetched unless it is here already; raises `UnreachableError`."""
    file = FILES[name]
    path = _place(file)
    folder = path.parent
    if path.is_file() and _is_whole(path, file):
        return path
    part = folder / f".{file.name}.{secrets.token_hex(4)}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _answer(HOME + file.path) as answer, part.open("wb") as out:
            while data := answer.read(_AT_ONCE):
                out.write(data)
            promised = answer.headers.get("Content-Length")
            if promised is not None and int(promised) != out.tell():
                raise UnreachableError("the connection broke off")
        if not _is_whole(part, file):
            raise UnreachableError("what came is not what Keras' authors published")
        part.replace(path)
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(str(getattr(error, "reason", error)) or type(error).__name__) from error
    finally:
        part.unlink(missing_ok=True)
    return path


def is_here(name: str) -> bool:
    """Whether the file lies where Keras keeps it; whether it is whole is looked at when it is used."""
    return _place(FILES[name]).is_file()


def _place(file: WeightsFile) -> Path:
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models" / file.name


def _answer(url: str) -> http.client.HTTPResponse:
    """Looking up a host's name knows no time limit, so it is left behind in a thread when it takes too long."""
    came: queue.Queue[http.client.HTTPResponse | Exception] = queue.Queue(1)

    def ask() -> None:
        try:
            came.put(urllib.request.urlopen(url, timeout=SILENT_AT_MOST_S))
        except Exception as error:  # raised again below
            came.put(error)

    threading.Thread(target=ask, daemon=True, name="weights").start()
    try:
        answer = came.get(timeout=ANSWER_WITHIN_S)
    except queue.Empty:
        raise TimeoutError(f"no answer within {ANSWER_WITHIN_S:g} seconds") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _is_whole(path: Path, file: WeightsFile) -> bool:
    if file.digest is None:
        import h5py  # a page asks this module where files lie, and needs no more

        return h5py.is_hdf5(path)
    kind = "md5" if len(file.digest) == 32 else "sha256"
    with path.open("rb") as data:
        return hashlib.file_digest(data, kind).hexdigest() == file.digest
