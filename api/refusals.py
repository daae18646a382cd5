"""What a program is told instead of an answer: a status, a code that never changes, a sentence.

What is wrong with a photo has its sentence in `model/sentences.py`; here are those for requests. They are
English only, like every answer of the API: programs read the code.
"""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from model.card import ModelError
from model.images import PhotoError

SENTENCES = {
    "not_found": "There is nothing at this address; /api/docs lists what there is.",
    "method_not_allowed": "This address is not asked in this way; /api/docs says how.",
    "host_unknown": "The request was meant for another server: open Rupa at localhost, or, where it was started with "
    "--lan, at an address that its terminal names.",
    "origin_foreign": "A page of another site asked for this, so it was not done.",
    "rate_limit": "Too many requests came from this computer; go on in {seconds} s.",
    "busy": "Too much is going on at this moment; wait a few seconds and try again.",
    "warming": "The model is still warming up; try again in a second.",
    "no_engine": "The model does not start, and the app's log says why; start the app again.",
    "body_too_big": "A request may have at most {max_mb:g} MB; send smaller photos, or fewer at once.",
    "body_too_slow": "The request came too slowly and was given up; send it again over a faster connection.",
    "session_full": "This visit holds {max_mb:g} MB of photos already; remove some, then go on.",
    "not_multipart": 'Send photos as multipart/form-data, for example: curl -F "files=@photo.jpg".',
    "form_broken": 'The form cannot be read; send it the way curl -F "files=@photo.jpg" does.',
    "no_files": "The form has no photo; send one or several files in its field called files.",
    "too_many_files": "At most {max_files} photos can be sent at once; send the rest in another request.",
    "one_photo": "Only one photo at a time comes back annotated; send one file.",
    "fault": "Something went wrong in the app, not in your request; its log says what.",
}
STATUS = {
    "not_found": 404,
    "method_not_allowed": 405,
    "host_unknown": 400,
    "origin_foreign": 403,
    "rate_limit": 429,
    "busy": 503,
    "warming": 503,
    "no_engine": 503,
    "body_too_big": 413,
    "body_too_slow": 408,
    "session_full": 413,
    "not_multipart": 415,
    "form_broken": 400,
    "no_files": 422,
    "too_many_files": 413,
    "one_photo": 422,
    "fault": 500,
}
PHOTO_STATUS = {
    "empty": 422,
    "not_an_image": 415,
    "unsupported": 415,
    "too_big": 413,
    "too_many_pixels": 413,
    "truncated": 422,
    "too_slow": 422,
    "busy": 503,
    "no_decoder": 503,
}
RETRY_AFTER_S = 1
# What such a request still sends is not wanted either.
_CLOSING = {"host_unknown", "origin_foreign", "body_too_big", "body_too_slow", "session_full"}
_OF_STATUS = {400: "form_broken", 404: "not_found", 405: "method_not_allowed"}


class Refusal(HTTPException):
    """Raised anywhere between the door and the answer; Starlette hands it to `respond`."""

    def __init__(self, code: str, **facts: object) -> None:
        headers = _headers(STATUS[code], facts.get("seconds", RETRY_AFTER_S))
        if code in _CLOSING:
            headers["Connection"] = "close"
        super().__init__(STATUS[code], SENTENCES[code].format(**facts), headers)
        self.code = code

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with it, where no handler of Starlette's is round us."""
        await _json(self.status_code, self.code, self.detail, self.headers)(scope, receive, send)


def respond(_: Request, error: Exception) -> JSONResponse:
    """The refusal as JSON, whoever raised it."""
    if not isinstance(error, HTTPException):
        error = Refusal("fault")
    elif not isinstance(error, Refusal):
        error = Refusal(_OF_STATUS.get(error.status_code, "fault"))
    return _json(error.status_code, error.code, error.detail, error.headers)


def of_opening(error: BaseException | None) -> Exception:
    """What to raise where the engine could not be opened: its own reason, where that is one for people."""
    return error if isinstance(error, ModelError | PhotoError) else Refusal("no_engine")


def no_decoder(_: Request, error: Exception) -> JSONResponse:
    """No photo can be read at all."""
    assert isinstance(error, PhotoError)
    return of_photo(error)


def of_photo(error: PhotoError) -> JSONResponse:
    """The answer for one photo that cannot be read."""
    status = PHOTO_STATUS[error.code]
    return _json(status, error.code, str(error), _headers(status))


def of_model(_: Request, error: Exception) -> JSONResponse:
    """No model answers, and waiting will not help."""
    assert isinstance(error, ModelError)
    return _json(503, error.code, str(error), None)


def _json(status: int, code: str, message: str, headers: Mapping[str, str] | None) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


def _headers(status: int, seconds: object = RETRY_AFTER_S) -> dict[str, str]:
    return {"Retry-After": str(seconds)} if status in (429, 503) else {}
