"""The colours of Rupa in light and dark, as constants, and as variables for the style sheet.

The two answers are indigo and amber, never pink and blue, and colour is never their only sign. Text in any of these
colours stands out at least 4.5 to 1 from `paper` and from `surface`; `.streamlit/config.toml` repeats what it needs.
"""

from dataclasses import dataclass, fields
from typing import Literal

import streamlit as st

Scheme = Literal["light", "dark"]


@dataclass(frozen=True)
class Palette:
    """One scheme. `on_...` is for words upon that colour, `fault` for faults of the software, never for a face."""

    paper: str
    surface: str
    line: str
    ink: str
    muted: str
    accent: str
    on_accent: str
    female: str
    male: str
    unsure: str
    on_answer: str
    fault: str

    def of(self, answer: str) -> str:
        """The colour of "female", "male" or "unsure"."""
        return {"female": self.female, "male": self.male, "unsure": self.unsure}[answer]


LIGHT = Palette(
    paper="#FBFAF7",
    surface="#F1EFE9",
    line="#DAD7CE",
    ink="#1D2433",
    muted="#586070",
    accent="#0F766E",
    on_accent="#FFFFFF",
    female="#4C5FD5",
    male="#A35304",
    unsure="#556070",
    on_answer="#FFFFFF",
    fault="#B3261E",
)
DARK = Palette(
    paper="#14171F",
    surface="#1E222D",
    line="#343A48",
    ink="#ECEAE4",
    muted="#A5ABB8",
    accent="#5CC4B8",
    on_accent="#14171F",
    female="#93A3FF",
    male="#F2B04B",
    unsure="#B4B9C0",
    on_answer="#14171F",
    fault="#FF8A80",
)
PALETTES: dict[Scheme, Palette] = {"light": LIGHT, "dark": DARK}

FEMALE, MALE, UNSURE, ACCENT = LIGHT.female, LIGHT.male, LIGHT.unsure, LIGHT.accent


def palette() -> Palette:
    """The colours of the scheme that this visitor sees."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def variables() -> str:
    """Every colour as `--rupa-NAME`; the browser itself takes the one of the scheme it shows."""
    pairs = ((field.name, getattr(LIGHT, field.name), getattr(DARK, field.name)) for field in fields(Palette))
    return "".join(
        f"--rupa-{name.replace('_', '-')}:light-dark({light},{dark});" for name, light, dark in pairs
    )
