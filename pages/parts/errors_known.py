"""What the Errors page works out of an evaluation once, for everybody, as long as its file is the same."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.parts import chosen_evaluation
from training import attributes, error_map, prediction_table, suspicion
from training.answers import Answers
from training.attributes import Attribute
from training.error_map import ErrorMap
from training.evaluations import Kept
from training.suspicion import Suspicion
from training.view import View, confidence

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Known:
    """An evaluation opened: `places` says where among its faces each photo's is; `key` is a word no other one has.

    `state` is that of the file when it was read: places and what they are kept under belong to it alone.
    """

    kept: Kept
    state: str
    view: View
    answers: Answers
    confidence: NDArray[np.float64]
    places: dict[str, int]

    @property
    def photos(self) -> str:
        return self.view.about.photos

    @property
    def key(self) -> str:
        return f"{self.kept.path.stem}-{self.view.about.model_hash[:8]}-{self.state}"

    @property
    def suspicion(self) -> Suspicion:
        return _suspicion(str(self.kept.path), self.state, self)

    @property
    def attributes(self) -> Sequence[Attribute]:
        return _attributes(str(self.kept.path), self.state, self)

    @property
    def map(self) -> ErrorMap | None:
        return _map(str(self.kept.path), self.state, self)

    def nearest(self, place: int, count: int) -> Places:
        """The faces most alike to this one in what the model makes of them; none where nobody kept that."""
        vectors = _vectors(str(self.kept.path), self.state, self)
        return np.empty(0, np.int64) if vectors is None else error_map.nearest(vectors, place, count)


def known(kept: Kept) -> Known:
    """Raises `EvaluationError`."""
    return _known(str(kept.path), kept.state, kept)


@st.cache_resource(show_spinner=False, max_entries=6)
def _known(path: str, state: str, _kept: Kept) -> Known:
    del path
    view = chosen_evaluation.open_view(_kept)
    answers = view.at()
    places = {id_: place for place, id_ in enumerate(view.ids)}
    return Known(_kept, state, view, answers, confidence(answers), places)


@st.cache_resource(show_spinner=False, max_entries=6)
def _suspicion(path: str, state: str, _known: Known) -> Suspicion:
    del path, state
    return suspicion.of(_known.view)


@st.cache_resource(show_spinner=False, max_entries=6)
def _attributes(path: str, state: str, _known: Known) -> Sequence[Attribute]:
    del path, state
    return attributes.of(_known.view, _known.answers)


@st.cache_resource(show_spinner=False, max_entries=2)
def _vectors(path: str, state: str, _known: Known) -> NDArray[np.float32] | None:
    """Those of the faces that were found, in their order."""
    del path, state
    found = _known.view.table["found"].to_numpy(dtype=bool)
    vectors = prediction_table.vectors(_known.kept.path, found)
    return None if vectors is None else error_map.normalised(vectors)


@st.cache_resource(show_spinner=False, max_entries=6)
def _map(path: str, state: str, _known: Known) -> ErrorMap | None:
    vectors = _vectors(path, state, _known)
    return None if vectors is None else error_map.project(_known.view.p_male, vectors)
