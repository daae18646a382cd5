"""The addresses for programs: the answers of the pages, as JSON; `/api/docs` describes them to people."""

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from api import openapi, refusals
from api.photos import annotated, sent
from api.refusals import Refusal
from api.work import Work
from model import registry, running
from model.card import ModelError
from model.images import PhotoError
from model.running import Running

_DOCS = Path(__file__).parent / "docs.html"
_YES = ("1", "true", "yes")
# What our own code refuses, on whatever route it happens; the server of the pages needs these too.
HANDLERS = {Refusal: refusals.respond, ModelError: refusals.of_model, PhotoError: refusals.no_decoder}


def routes(work: Work | None = None) -> list[BaseRoute]:
    """What the server answers beside its pages."""
    programs = Starlette(
        routes=[
            Route("/v1/predict", partial(_predict, work or Work()), methods=["POST"]),
            Route("/v1/models", _models),
            Route("/openapi.json", _openapi),
            Route("/docs", _docs),
        ],
        exception_handlers={**HANDLERS, HTTPException: refusals.respond, Exception: refusals.respond},
    )
    return [Route("/healthz", _health), Mount("/api", programs)]


async def _predict(work: Work, request: Request) -> Response:
    model = await _model(try_again=True)
    work.need_place()
    files = await sent(request)
    wants_picture = request.query_params.get("annotated", "").lower() in _YES
    if wants_picture and len(files) > 1:
        raise Refusal("one_photo")
    with work.place():
        readings = [await work.do(partial(model.pipeline.read, f.data, file=f.name)) for f in files]
        error = readings[0].error
        if len(files) == 1 and error and error.code != "no_face":
            return refusals.of_photo(error)
        if wants_picture:
            return Response(await work.do(partial(annotated, readings[0])), media_type="image/png")
    return JSONResponse({"model": model.artifact.name, "readings": [r.as_json() for r in readings]})


async def _health(_: Request) -> Response:
    model = await _model()
    return JSONResponse({"status": "ready", "model": model.artifact.name, "device": model.device})


async def _models(_: Request) -> Response:
    return JSONResponse({"models": await run_in_threadpool(_cards)})


async def _openapi(_: Request) -> Response:
    return JSONResponse(openapi.DOCUMENT)


async def _docs(_: Request) -> Response:
    return FileResponse(_DOCS, media_type="text/html")


async def _model(*, try_again: bool = False) -> Running:
    """What answers, or why nothing does; no request waits for the warming up, nor for another try at it."""
    status = running.status()
    if status.state == "warming":
        raise Refusal("warming")
    if status.state == "failed":
        if try_again:
            with suppress(ModelError, PhotoError):
                running.get(timeout_s=0)
        raise refusals.of_opening(status.error)
    return await run_in_threadpool(running.get)


def _cards() -> list[dict[str, Any]]:
    answering = running.status().model
    return [_card(name, answering) for name in registry.names()]


def _card(name: str, answering: str | None) -> dict[str, Any]:
    try:
        artifact = registry.find(name)
    except ModelError as error:
        return {"name": name, "error": {"code": error.code, "message": str(error)}}
    card = artifact.card
    return {
        "name": name,
        "version": card.version,
        "made": card.made,
        "shipped": artifact.shipped,
        "answers": name == answering,
        "input_size": card.input_size,
        "sure_at": card.sure_at,
        "trained_on": [source.name for source in card.trained_on],
        "fails_on": list(card.fails_on),
        "not_for": list(card.not_for),
    }
