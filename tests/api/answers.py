"""Looks at an answer the way the OpenAPI document promises it."""

from typing import Any

import jsonschema  # type: ignore[import-untyped]
from httpx2 import Response

from api.openapi import DOCUMENT


def promised(response: Response, path: str = "/api/v1/predict", method: str = "post") -> Any:
    """The answer's JSON, which is of the kind that this address promises for this status."""
    answer = DOCUMENT["paths"][path][method]["responses"][str(response.status_code)]
    schema = answer["content"]["application/json"]["schema"]
    jsonschema.validate(response.json(), schema | {"components": DOCUMENT["components"]})
    return response.json()


def refused(response: Response, status: int, code: str) -> str:
    """The sentence of a refusal with this status and code."""
    assert (response.status_code, promised(response)["error"]["code"]) == (status, code)
    message: str = response.json()["error"]["message"]
    assert message.endswith(".")
    assert "{" not in message
    return message
