"""The one process that trains: it takes the runs of the queue in turn until none is left (`python -m training work`).

It holds the worker's lock as long as it lives. Whatever it finds at its start as running was left by one that died:
such a run goes on where it was, unless it died too often in the same epoch. Asked to pause or stop, training ends after
its step; what is not training is interrupted, since everything that is kept can be interrupted.
"""

import _thread
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO

from training import background, jobs, launchers, progress, run_state
from training.run_state import Ticket

MOST_DEATHS = 3  # in a row without a new epoch
_NICE = 10  # as evaluations in the background
_PATIENCE_S = 3.0
_PARTING_S = 60.0  # what a process that was asked to leave a run may still need until it is gone


def work(lock_fd: int | None = None) -> int:
    """Do all the work there is; nothing where another worker is at it."""
    lock: IO[bytes] | None
    if lock_fd is None:
        lock = jobs.trainer_lock()
        if lock is None:
            return 0
    else:
        os.set_inheritable(lock_fd, False)
        lock = os.fdopen(lock_fd, "ab")
    with lock:
        if launchers.chosen() == "ray":
            return launchers.dispatch(lock)
        _settle_down()
        while (folder := _take(lock)) is not None:
            _teach(folder)
    return 0


def work_on(id_: str) -> int:
    """Do this run only, if it still waits for that: what a cluster is asked to do, beside whoever works elsewhere."""
    _settle_down()
    with jobs.queue() as root:
        folder = root / id_
        if folder not in jobs.folders(root) or not jobs.to_do(folder):
            return 0
    with background.alone(folder, _PARTING_S) as mine:
        if mine:
            with jobs.queue():
                if not _ready(folder):
                    return 0
                launchers.begin(folder)
                _mark_taken(folder)
            _teach_alone(folder)
    return 0


def _settle_down() -> None:
    # Whoever starts processes in the background may have told them to overlook it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _give_way()


def _take(lock: IO[bytes]) -> Path | None:
    """The next run, marked as running; where there is none, the lock is free before anybody can ask for another."""
    with jobs.queue() as root:
        jobs.tell_starts(root, 0)
        waiting = filter(jobs.to_do, jobs.folders(root))
        in_turn = sorted((ticket.turn, folder) for folder in waiting if (ticket := run_state.ticket(folder)))
        # Only the one that is taken is counted as gone on with.
        folder = next((folder for _, folder in in_turn if _ready(folder)), None)
        if folder is None:
            background.release(lock)
            return None
        _mark_taken(folder)
        return folder


def _ready(folder: Path) -> bool:
    ticket, run = run_state.ticket(folder), run_state.read(folder)
    if ticket is None or run is None:
        return False
    return run.state == "queued" or (run.code == "died" and _revived(folder, ticket))


def _mark_taken(folder: Path) -> None:
    ticket = run_state.ticket(folder)
    assert ticket is not None
    run_state.keep(folder, replace(ticket, started=ticket.started or time.time(), ended=None))
    run_state.mark(folder, "running")


def _revived(folder: Path, ticket: Ticket) -> bool:
    """Whether a run whose worker died goes on; counts how often that was so in the same epoch."""
    wish, epochs = progress.wish(folder), run_state.epochs_done(folder)
    if wish == "pause" or (wish and not epochs):
        run_state.settle(folder, "paused" if wish == "pause" else "stopped")
        return False
    died = ticket.died + 1 if epochs == ticket.epochs else 1
    run_state.keep(folder, replace(ticket, died=died, epochs=epochs))
    if died > MOST_DEATHS:
        run_state.mark(folder, "failed", "keeps_dying", times=died)
        run_state.settle(folder)
        return False
    return True


def _teach(folder: Path) -> None:
    """Nobody else does meanwhile, not even another computer that was silent and taken for dead."""
    with background.alone(folder, _PARTING_S) as mine:
        if mine:
            _teach_alone(folder)


def _teach_alone(folder: Path) -> None:
    with progress.heartbeat(run_state.mark(folder, "running")):
        go_on = work_of(folder)  # the first time, and on a slow disk, this takes longer than silence may
    while True:
        try:
            with _impatience(folder):
                go_on(folder)
            state = None
        except KeyboardInterrupt:
            wish = progress.wish(folder)
            if wish == "finish" and run_state.epochs_done(folder):
                continue  # it reached its first epoch after all, which is there to be kept
            run = run_state.read(folder)
            working = run is not None and run.state == "running"
            state = ("paused" if wish == "pause" else "stopped") if working else None
        break
    with jobs.queue():
        run_state.settle(folder, state)
    _forget_network()


def work_of(folder: Path) -> Callable[[Path], str]:
    """What goes on with this run, be it a training or a search."""
    run = run_state.read(folder)
    if run is not None and run.trials:
        from training import search_trials

        return search_trials.go_on
    from training import fit

    return fit.go_on


@contextmanager
def _impatience(folder: Path) -> Iterator[None]:
    """Interrupt what has not ended some seconds after it was asked to, unless a model is being made of the best."""
    over = threading.Event()

    def watch() -> None:
        unheeded_s = 0.0
        while not over.wait(0.5):
            wish = progress.wish(folder)
            kept = wish == "finish" and run_state.epochs_done(folder) > 0
            unheeded_s = unheeded_s + 0.5 if wish and not kept else 0.0
            if unheeded_s >= _PATIENCE_S:
                unheeded_s = 0.0
                _thread.interrupt_main()

    thread = threading.Thread(target=watch, daemon=True, name="impatience")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _forget_network() -> None:
    import gc

    import keras

    keras.backend.clear_session()
    gc.collect()


def _give_way() -> None:
    """Let whoever answers people go first."""
    if hasattr(os, "nice"):
        os.nice(_NICE)
    # Desktops weigh whole sessions against each other, and then niceness counts only inside one. A session that others
    # share, a terminal or the tests, stays as it is.
    if hasattr(os, "getsid") and os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(_NICE))
