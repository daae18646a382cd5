"""What came of a clip: the clip with the answers, the faces over time, a table of them, and all of it to take home."""

import html
from collections.abc import Iterator
from functools import partial

import streamlit as st

from model import video
from model.video import Film, Seen
from pages.parts import video_downloads, video_work
from pages.parts.evaluate_words import literal
from ui import access, cards, picture, timeline
from ui.language import number, percent, t, tn
from ui.timeline import Part, Row, clock

_CLIP = "rupa-clip"


def show() -> None:
    film = video_work.film()
    assert film is not None
    st.markdown(f"**{literal(video_work.name())}** · {_summary(film)}")
    for note in film.notes:
        st.caption(t(video.NOTES[note]))
    left, right = st.columns([4, 3], gap="medium")
    with left, st.container(key=_CLIP):
        st.video(film.mp4, format="video/mp4")
    with right:
        st.html(_table(film))
    st.subheader(t("Faces over time"), anchor=False)
    st.caption(t("Choose a part to play the clip from there. A dashed part is where the model is not sure."))
    timeline.show([_row(face) for face in film.faces], film.seconds, clip=_CLIP, key="rupa-clip-timeline")
    _take_home(film)


def _summary(film: Film) -> str:
    faces = tn("{n} face", "{n} faces", len(film.faces))
    return t(
        "{faces}, {length} long, looked at {rate} times a second",
        faces=faces,
        length=clock(film.seconds),
        rate=number(film.told["rate"]),
    )


def _take_home(film: Film) -> None:
    name = video_work.name()
    plain = video_downloads.stem(name)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.download_button(
            t("Clip with answers (MP4)"),
            film.mp4,
            file_name=f"{plain}-rupa.mp4",
            mime="video/mp4",
            on_click="ignore",
            icon=":material/download:",
            key="rupa-clip-mp4",
        )
        st.download_button(
            t("Table (CSV)"),
            partial(video_downloads.table, film, name),
            file_name=f"{plain}-rupa.csv",
            mime="text/csv",
            on_click="ignore",
            key="rupa-clip-csv",
        )
        st.download_button(
            t("For programs (JSON)"),
            partial(video_downloads.listing, film, name),
            file_name=f"{plain}-rupa.json",
            mime="application/json",
            on_click="ignore",
            key="rupa-clip-json",
        )
        st.button(
            t("Forget this clip"),
            on_click=video_work.forget,
            icon=":material/delete:",
            key="rupa-clip-forget",
            type="tertiary",
        )
    st.caption(
        t("The clip lies in the memory of the presenter's computer until you forget it or close the page.")
        if access.from_afar()
        else t("The clip lies in the memory of this computer until you forget it or close the page.")
    )


def _row(face: Seen) -> Row:
    return Row(face.number, picture.as_address(face.crop), tuple(_parts(face)))


def _parts(face: Seen) -> Iterator[Part]:
    for one in face.told["answers"]:
        start, end, answer = float(one["from_s"]), float(one["to_s"]), str(one["label"])
        says = t(
            "Face {number}, {start} to {end}: {answer}",
            number=face.number,
            start=clock(start),
            end=clock(end),
            answer=cards.says(answer),
        )
        yield Part(start, end, answer, _short(answer), says)


def _short(answer: str) -> str:
    return {"female": t("looks female"), "male": t("looks male"), "unsure": t("not sure")}[answer]


def _table(film: Film) -> str:
    heads = [t("Face"), t("Answer"), t("Seen"), t("Not sure")]
    rows = "".join(_line(face) for face in film.faces)
    cells = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    return (
        f'<div class="clip-faces"><table><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _line(face: Seen) -> str:
    told = face.told
    confidence = max(face.female, 1 - face.female)
    sure = f" <b>{html.escape(percent(confidence))}</b>" if face.label != "unsure" else ""
    both = t("female {female} · male {male}", female=percent(face.female), male=percent(1 - face.female))
    alt = html.escape(t("Face {number}, cut out as the model sees it", number=face.number), quote=True)
    unsure = html.escape(percent(float(told["unsure_share"])))
    return (
        f'<tr class="{face.label}"><td><b>{face.number}</b><img src="{picture.as_address(face.crop)}" alt="{alt}"></td>'
        f"<td><strong>{html.escape(_short(face.label))}</strong>{sure}<small>{html.escape(both)}</small></td>"
        f"<td>{clock(float(told['first_s']))}–{clock(float(told['last_s']))}</td><td>{unsure}</td></tr>"
    )
