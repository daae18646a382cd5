"""How a clip comes in: the drop zone, with a limit of its own, and the sample."""

import streamlit as st

from model import video
from pages.parts import video_work
from ui import access, samples, state, uploads
from ui.language import number, t

SAMPLE = samples.FOLDER / "clip.mp4"


def show() -> None:
    left, right = st.columns([5, 4], vertical_alignment="center", gap="medium")
    with left:
        _drop_zone()
    with right, st.container(gap="small"):
        st.button(
            t("Try a sample clip"),
            key="rupa-sample-clip",
            icon=":material/movie:",
            on_click=_take_sample,
        )
        _rate()
        st.caption(
            t("MP4, MOV, WebM, MKV or AVI, up to {mb} MB and ten minutes.", mb=video.MAX_MB) + " " + _where()
        )


def _where() -> str:
    if not access.from_afar():
        return t("Clips stay on this computer and are not kept.")
    if not access.encrypted():
        return t("Clips go to the presenter's computer and are not kept.")
    return t("Clips go to the presenter's computer, encrypted, and are not kept.")


def _rate() -> None:
    """Not in the widget alone: Streamlit forgets what that holds while a clip is looked at."""
    chosen = st.segmented_control(
        t("Looks a second"),
        video.RATES,
        format_func=number,
        default=video_work.rate(),
        required=True,
        help=t("More looks also find faces that are there for a moment only, and take longer."),
        key="rupa-clip-rate",
    )
    video_work.choose_rate(chosen)


def _drop_zone() -> None:
    key = state.fresh_key("drop-clip")
    with st.container(key="rupa-drop-clip", gap=None):
        st.html(f"<style>{uploads.drop_style(t('Drop a clip here'), t('Choose a clip'))}</style>")
        st.file_uploader(
            t("Clip"),
            max_upload_size=video.MAX_MB,
            label_visibility="collapsed",
            key=key,
            on_change=_take,
            args=(key,),
        )


def _take(key: str) -> None:
    for upload in uploads.out_of(key)[:1]:
        video_work.begin(upload.name, upload.read())
    state.renew()


def _take_sample() -> None:
    video_work.begin(t("Sample clip"), SAMPLE.read_bytes())
