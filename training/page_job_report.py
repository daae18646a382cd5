"""The side of the work: what a page's job (`page_jobs.py`) tells of itself, in its folder, until it ends.

`status.json` says how far it is (`progress.py`), `outcome.json` what came of it: the file it made, or the code and the
facts of the sentence why there is none. A fault nobody foresaw leaves neither; its trace is in `log.txt`.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from model import atomic
from training.progress import Progress, heartbeat

OUTCOME = "outcome.json"
_NICE = 10


class WorkError(Exception):
    """The work failed, for the reason that `code` names: what needs Keras to be named is raised again as this."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.facts: Mapping[str, object] = {}


class Report:
    """`at(stage)` is what a step of the work calls with how much of how much is done."""

    def __init__(self, progress: Progress, clock: Callable[[], float] = time.monotonic) -> None:
        self._progress, self._clock = progress, clock

    def at(self, stage: str) -> Callable[[int, int], None]:
        began, first = self._clock(), 0
        self._progress.tell(now=True, stage=stage, step=0, steps=0, images_per_s=None, eta_s=None)

        def tell(done: int, of: int) -> None:
            nonlocal began, first
            if done <= first:  # it goes on where it stood before, which took no time
                began, first = self._clock(), done
            rate = (done - first) / max(self._clock() - began, 1e-3)
            left = (of - done) / rate if rate else None
            # How much there is to do is told at once: few photos are over before the next writing.
            self._progress.tell(now=not done, step=done, steps=of, images_per_s=rate or None, eta_s=left)

        return tell


def work(folder: Path, do: Callable[[Report], Path]) -> int:
    """Do it quietly beside everything else, and say in the folder what became of it; the process's exit status."""
    from model.card import ModelError
    from training.backbone_facts import BackboneError
    from training.formats import FormatError
    from training.prediction_table import EvaluationError
    from training.stress_result import StressError
    from training.table import DatasetError

    if hasattr(os, "nice"):
        os.nice(_NICE)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    progress = Progress(folder)
    progress.tell(now=True)
    with heartbeat(progress):
        try:
            made = do(Report(progress))
        except KeyboardInterrupt:
            state, outcome = "stopped", None
        except (
            BackboneError,
            DatasetError,
            EvaluationError,
            FormatError,
            ModelError,
            StressError,
            WorkError,
        ) as error:
            state, outcome = "failed", _problem(error.code, error.facts)
        except MemoryError:
            state, outcome = "failed", _problem("no_memory", {})
        except OSError as error:
            if not atomic.is_full(error):
                raise
            state, outcome = "failed", _problem("disk_full", {})
        else:
            state, outcome = "done", {"made": str(made)}
    if outcome is not None and not (state == "failed" and outcome["code"] == "disk_full"):
        atomic.write(folder / OUTCOME, json.dumps(outcome).encode())
    progress.tell_at_last(state=state, eta_s=None)
    return 0 if state == "done" else 1


def _problem(code: str, facts: Mapping[str, object]) -> dict[str, Any]:
    plain = {name: one if isinstance(one, int | float) else str(one) for name, one in facts.items()}
    return {"code": code, "facts": plain}
