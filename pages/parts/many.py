"""Many photos: how far it is, then a summary, a table with a line for each photo, and what can be taken home."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from model import running
from model.images import PhotoError
from model.sentences import SENTENCES
from pages.parts import arrivals, exports, one, readings, receipt
from pages.parts.arrivals import MOST_PHOTOS, Unpacked
from pages.parts.batch import Batch, Row, opened
from training.statistics import wilson
from ui import charts, state, theme
from ui.language import number, of_100, percent, plain_error, t, tn
from ui.uploads import Upload

ANSWERS = ("female", "male", "unsure")
FAILED = "failed"
ROW_PX = 64


def show(files: Unpacked, group: str) -> None:
    batch: Batch = state.kept(arrivals.BATCH, lambda: Batch(list(files.photos)))
    files.photos.clear()
    for refused in files.refused:
        one.trouble(refused.name, plain_error(refused.error, refused.sentences))
    if files.left_out:
        said = tn(
            "{n} photo too many was left out; {most} can be read at once.",
            "{n} photos too many were left out; {most} can be read at once.",
            files.left_out,
            most=MOST_PHOTOS,
        )
        st.caption(said)
    if not batch.done:
        _work(batch, group)
    if batch.rows:
        _results(batch, group)
    receipt.show(group)


def _work(batch: Batch, group: str) -> None:
    """Reads what waits. A click interrupts it at the next step of the bar; the run that follows goes on from there."""
    place = st.empty()
    with place.container():
        bar = st.progress(0.0, _progress(batch))
        st.button(t("Cancel"), key=f"rupa-cancel-{group}", icon=":material/close:", on_click=_cancel)
    pipeline = running.get().pipeline
    for _ in batch.work(pipeline):
        bar.progress(len(batch.rows) / len(batch.waiting), _progress(batch))
    place.empty()


def _cancel() -> None:
    """Finds the batch by its name: Streamlit never lets go of a callback, nor of what hangs on it."""
    batch: Batch | None = st.session_state.get(state.PREFIX + arrivals.BATCH)
    if batch:
        batch.cancel()


def _progress(batch: Batch) -> str:
    line = t("{done} of {all} photos", done=number(len(batch.rows)), all=number(len(batch.waiting)))
    if batch.left_s is None:
        return line
    rate = t("{rate} photos a second", rate=number(batch.per_second, 1))
    left = tn("{n} second left", "{n} seconds left", round(batch.left_s))
    return f"{line} · {rate} · {left}"


def _results(batch: Batch, group: str) -> None:
    faces = [face for row in batch.rows for face in row.record["faces"]]
    if batch.cancelled:
        st.caption(t("Cancelled: the photos that came after these were not looked at."))
    st.markdown(f"#### {summary(batch.rows)}")
    if faces:
        _charts(faces, group)
    chosen = _filtered(batch.rows, group)
    st.caption(tn("{n} photo in the table", "{n} photos in the table", len(chosen)))
    picked = _table([batch.rows[index] for index in chosen], group)
    with st.container(horizontal=True, gap="small"):
        exports.of_many([row.record for row in batch.rows], [row.read for row in batch.rows], group)
    if picked is not None:
        row = batch.rows[chosen[picked]]
        if row.copy is None:
            one.trouble(row.name, _reason(row))
        else:
            upload = Upload(row.name, row.read)
            readings.remember(upload, lambda size: opened(row, size))
            one.show(upload, f"{group}x{chosen[picked]}", named=True)


def summary(rows: Sequence[Row]) -> str:
    """The split of the answers over all faces; the first share carries its interval."""
    counts = Counter(face["label"] for row in rows for face in row.record["faces"])
    total = sum(counts.values())
    photos = tn("{n} photo", "{n} photos", len(rows))
    if not total:
        return t("No face in {photos}", photos=photos)
    low, high = wilson(counts["female"], total) or (0.0, 1.0)
    return t(
        "{faces} in {photos}: {female} look female ({low} to {high}), {male} male, {unsure} not sure",
        faces=tn("{n} face", "{n} faces", total),
        photos=photos,
        female=percent(counts["female"] / total),
        low=of_100(low),
        high=of_100(high),
        male=percent(counts["male"] / total),
        unsure=percent(counts["unsure"] / total),
    )


def _charts(faces: Sequence[dict[str, Any]], group: str) -> None:
    counts = Counter(face["label"] for face in faces)
    colours, words = theme.palette(), exports.words()
    parts = [
        charts.Part(words[answer], counts[answer] / len(faces), colours.of(answer)) for answer in ANSWERS
    ]
    left, right = st.columns(2, gap="large")
    with left:
        said = ", ".join(f"{part.name} {percent(part.share)}" for part in parts)
        charts.show(charts.share_bar(parts), says=said, key=f"rupa-shares-{group}")
        st.caption(
            t("The interval says how far the share might be off, were these faces drawn by chance from many.")
        )
    with right:
        sure = sorted(face["confidence"] for face in faces)
        figure = charts.histogram(sure, name=t("how sure the model is"), amount=t("faces"))
        middle = percent(sure[len(sure) // 2])
        said = t("How sure the model is of each face; half of them are above {middle}.", middle=middle)
        charts.show(figure, says=said, key=f"rupa-sureness-{group}")


def _filtered(rows: Sequence[Row], group: str) -> list[int]:
    """The places of the rows that the visitor wants to see."""
    words = {**exports.words(), FAILED: t("without an answer")}
    wanted = st.pills(
        t("Show only photos with"),
        [*ANSWERS, FAILED],
        format_func=lambda answer: words[answer],
        selection_mode="multi",
        key=f"rupa-filter-{group}",
    )
    return [index for index, row in enumerate(rows) if not wanted or kinds(row) & set(wanted)]


def kinds(row: Row) -> set[str]:
    return {face["label"] for face in row.record["faces"]} or {FAILED}


def _table(rows: Sequence[Row], group: str) -> int | None:
    """The place of the row that was picked, among these."""
    words = {"female": t("Female"), "male": t("Male"), "unsure": t("Not sure")}
    frame = pd.DataFrame(
        {
            "photo": [row.thumbnail for row in rows],
            "name": [row.name for row in rows],
            "faces": [len(row.record["faces"]) for row in rows],
            **{a: [sum(face["label"] == a for face in row.record["faces"]) for row in rows] for a in ANSWERS},
            "least": [_least_sure(row) for row in rows],
            "reason": [_reason(row) for row in rows],
        }
    )
    columns = {
        "photo": st.column_config.ImageColumn(t("Photo"), width=80),
        "name": st.column_config.TextColumn(t("Name"), width="medium"),
        "faces": st.column_config.NumberColumn(t("Faces"), width="small"),
        **{a: st.column_config.NumberColumn(words[a], width="small") for a in ANSWERS},
        "least": st.column_config.ProgressColumn(
            t("Least sure"), min_value=50, max_value=100, format="%d%%", width=120
        ),
        "reason": st.column_config.TextColumn(t("Why there is no answer"), width="large"),
    }
    picked = st.dataframe(
        frame,
        column_config=columns,
        hide_index=True,
        row_height=ROW_PX,
        height=min(560, ROW_PX * max(1, len(rows)) + 40),
        on_select="rerun",
        selection_mode="single-row",
        key=f"rupa-table-{group}",
    )
    places = picked["selection"]["rows"]
    return places[0] if places and places[0] < len(rows) else None


def _least_sure(row: Row) -> float | None:
    return min((100 * face["confidence"] for face in row.record["faces"]), default=None)


def _reason(row: Row) -> str:
    return plain_error(PhotoError(row.code, **row.facts), SENTENCES) if row.code else ""
