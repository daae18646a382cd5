"""What the API promises, as OpenAPI: `/api/openapi.json`; the tests hold every answer against it."""

from typing import Any

from api.bodies import MB, Limits
from api.photos import FIELD, MAX_FILES
from api.refusals import PHOTO_STATUS, STATUS
from model.card import LABELS
from model.images import MAX_BYTES, MAX_PIXELS, MAX_SIDE, WORKING_PX
from model.pipeline import UNSURE

_SHARE = {"type": "number", "minimum": 0, "maximum": 1}


def _object(described: str = "", **properties: Any) -> dict[str, Any]:
    about = {"description": described} if described else {}
    return {"type": "object", **about, "properties": properties, "required": list(properties)}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _refused(*statuses: int) -> dict[str, Any]:
    codes = {**STATUS, **PHOTO_STATUS}
    del codes["session_full"]  # said to pages only
    return {
        str(status): {
            "description": ", ".join(code for code, its in codes.items() if its == status),
            "content": _json(_ref("Refusal")),
        }
        for status in statuses
    }


_TEXTS = {"type": "array", "items": {"type": "string"}}
_SCHEMAS: dict[str, Any] = {
    "Reason": _object(
        "A code that never changes, and a sentence for a person.",
        code={"type": "string"},
        message={"type": "string"},
    ),
    "Refusal": _object(error=_ref("Reason")),
    "Face": _object(
        "What the model says of one face: what it looks like to the model, never who somebody is.",
        box={
            "type": "array",
            "items": {"type": "number"},
            "minItems": 4,
            "maxItems": 4,
            "description": "x, y, width, height in pixels of the upright photo as it was sent",
        },
        score=_SHARE | {"description": "how certain the detector is that this is a face"},
        label={"enum": [*LABELS, UNSURE]},
        confidence=_SHARE | {"description": "the larger of the two probabilities, calibrated"},
        probabilities=_object("", **dict.fromkeys(LABELS, _SHARE)),
        sure={"type": "boolean", "description": f"false where the label is {UNSURE}"},
    ),
    "Reading": _object(
        "The same object that `python -m model --json` prints.",
        file={"type": "string"},
        width={"type": "integer"},
        height={"type": "integer"},
        turned={"enum": [0, 90, 180, 270], "description": "degrees it was turned to find its faces"},
        faces={"type": "array", "items": _ref("Face")},
        error={"oneOf": [_ref("Reason"), {"type": "null"}]},
        timings_ms={"type": "object", "additionalProperties": {"type": "number"}},
    ),
    "Readings": _object(
        "One reading a file, in the order they were sent.",
        model={"type": "string"},
        readings={"type": "array", "items": _ref("Reading")},
    ),
    "Model": {
        "type": "object",
        "description": "From the model's card, or why its card cannot be read.",
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "version": {"type": "string"},
            "made": {"type": "string", "format": "date-time"},
            "shipped": {"type": "boolean"},
            "answers": {"type": "boolean", "description": "whether it is the one that answers now"},
            "input_size": {"type": "integer"},
            "sure_at": _SHARE,
            "trained_on": _TEXTS,
            "fails_on": _TEXTS,
            "not_for": _TEXTS,
            "error": _ref("Reason"),
        },
    },
    "Models": _object(models={"type": "array", "items": _ref("Model")}),
    "Health": _object(status={"const": "ready"}, model={"type": "string"}, device={"type": "string"}),
}

_PREDICT = {
    "summary": "What does the model see?",
    "description": (
        f"Send one to {MAX_FILES} photos as multipart/form-data in the field `{FIELD}`. A photo has at most "
        f"{MAX_BYTES // MB} MB, {MAX_PIXELS // 1_000_000} million pixels and {MAX_SIDE:,} on a side; a request at most "
        f"{Limits().request // MB} MB. A single photo that cannot be read is refused with its reason; of "
        "several, each has its own reason inside. A photo without a face is answered: its `faces` are empty "
        "and its `error` says `no_face`. Photos are read in memory and not kept."
    ),
    "parameters": [
        {
            "name": "annotated",
            "in": "query",
            "schema": {"type": "boolean", "default": False},
            "description": "Answer with the one photo as a PNG of at most "
            f"{WORKING_PX / 1e6:.1f} million pixels, a frame round each face.",
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": _object(
                    "", **{FIELD: {"type": "array", "items": {"type": "string", "format": "binary"}}}
                )
            }
        },
    },
    "responses": {
        "200": {
            "description": "The readings, or the annotated photo.",
            "content": _json(_ref("Readings")) | {"image/png": {}},
        },
        **_refused(400, 403, 408, 413, 415, 422, 429, 500, 503),
    },
}

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Rupa",
        "version": "1",
        "description": (
            "The answers of the app, for programs. It runs on this computer and sends nothing anywhere. A label "
            "says what a face looks like to the model; it cannot know who somebody is. It is reached at "
            "http://localhost:8501, and after `start.py --lan` at the https addresses that the terminal names, under a "
            "certificate made on this computer. It reads photos and changes nothing, so it asks for no PIN."
        ),
    },
    "paths": {
        "/api/v1/predict": {"post": _PREDICT},
        "/api/v1/models": {
            "get": {
                "summary": "Which models are there, and which one answers?",
                "responses": {
                    "200": {"description": "Every model.", "content": _json(_ref("Models"))},
                    **_refused(429),
                },
            }
        },
        "/healthz": {
            "get": {
                "summary": "Is the model warm?",
                "responses": {
                    "200": {"description": "It answers.", "content": _json(_ref("Health"))},
                    **_refused(503),
                },
            }
        },
    },
    "components": {"schemas": _SCHEMAS},
}
