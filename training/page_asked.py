"""What a page may ask for: each kind of work with its own facts, and its words to `python -m training`.

`page_jobs.py` has it done. `written` and `read` are for the file of its job, which may be old, broken or another's.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, get_args, get_type_hints


@dataclass(frozen=True)
class _OnPhotos:
    """Of this model, on these photos (as `open_dataset` takes them), of this split of them or the usual one."""

    model: str
    photos: str
    split: str | None = None

    def _facts(self) -> list[str]:
        split = [f"--split={self.split}"] if self.split else []
        return [f"--model={self.model}", f"--data={self.photos}", *split]


@dataclass(frozen=True)
class Evaluate(_OnPhotos):
    def words(self) -> list[str]:
        return ["evaluate", *self._facts()]


@dataclass(frozen=True)
class Fetch(_OnPhotos):
    """Bring the photos from their public home, then evaluate."""

    def words(self) -> list[str]:
        return ["evaluate", *self._facts(), "--fetch"]


@dataclass(frozen=True)
class Stress(_OnPhotos):
    def words(self) -> list[str]:
        return ["stress", *self._facts()]


@dataclass(frozen=True)
class Judge:
    """Evaluate the model on those photos that this run was judged on."""

    model: str
    run: str

    def words(self) -> list[str]:
        return ["judge", f"--model={self.model}", f"--run={self.run}"]


@dataclass(frozen=True)
class Export:
    model: str
    format: str

    def words(self) -> list[str]:
        return ["export", f"--model={self.model}", f"--to={self.format}"]


@dataclass(frozen=True)
class Rehearse:
    """Time a few steps of the recipe: a preset's name, or a recipe as JSON."""

    recipe: str
    photos: tuple[str, ...]

    def words(self) -> list[str]:
        return ["rehearse", f"--recipe={self.recipe}", *(f"--data={one}" for one in self.photos)]


@dataclass(frozen=True)
class Inspect:
    """Look at each of these photos."""

    photos: str

    def words(self) -> list[str]:
        return ["inspect", f"--data={self.photos}"]


@dataclass(frozen=True)
class Unpack:
    """Unpack the photos of a zip, `zip:PATH`."""

    photos: str

    def words(self) -> list[str]:
        return ["inspect", f"--data={self.photos}", "--unpack"]


Asked = Evaluate | Fetch | Stress | Judge | Export | Rehearse | Inspect | Unpack
_KINDS: dict[str, type[Asked]] = {kind.__name__.lower(): kind for kind in get_args(Asked)}


def written(asked: Asked) -> dict[str, Any]:
    return {"kind": type(asked).__name__.lower(), **asdict(asked)}


def read(said: Mapping[str, Any]) -> Asked:
    """Raises `ValueError` where this is not what `written` gave."""
    facts: dict[str, Any] = {
        name: tuple(fact) if isinstance(fact, list) else fact for name, fact in said.items()
    }
    kind = _KINDS.get(str(facts.pop("kind", None)))
    types = get_type_hints(kind) if kind else {}
    if kind is None or set(types) != set(facts) or not all(_is(facts[name], types[name]) for name in types):
        raise ValueError("nothing that a page asks for")
    return kind(**facts)


def _is(fact: object, type_: Any) -> bool:
    if type_ == tuple[str, ...]:
        return isinstance(fact, tuple) and all(isinstance(one, str) for one in fact)
    return isinstance(fact, type_)
