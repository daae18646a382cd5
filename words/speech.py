"""Words and numbers in one language: English stands in the code, Indonesian in `ui/locales/id.po`."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

Language = Literal["en", "id"]

LANGUAGES: dict[Language, str] = {"en": "English", "id": "Bahasa Indonesia"}
LOCALES = Path(__file__).resolve().parents[1] / "ui" / "locales"
_SWAPPED = str.maketrans(",.", ".,")


@dataclass(frozen=True)
class Speech:
    """Says everything in `language`."""

    language: Language = "en"

    def t(self, english: str, **facts: object) -> str:
        """This sentence, with the facts put in."""
        return self._filled(_catalogue(self.language).get(english, english), facts)

    def tn(self, one: str, many: str, n: int, **facts: object) -> str:
        """The sentence for one or for many, with `{n}` among its facts."""
        english = one if n == 1 else many
        return self._filled(_catalogue(self.language).get(one, english), {"n": n, **facts})

    def number(self, value: float, digits: int = 0) -> str:
        """1234.5 as "1,234.5" or "1.234,5"."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(Decimal(repr(float(value))), format=pattern, locale=self.language)

    def percent(self, share: float, digits: int = 0) -> str:
        """0.873 as "87%". Only what is all of it is 100%, and only what is nothing 0%."""
        return self.of_100(share, digits) + "%"

    def of_100(self, share: float, digits: int = 0) -> str:
        """As `percent`, without its sign: for the ends of a range."""
        step = 10.0**-digits
        if 0 < share < 1:
            if share * 100 >= 100 - step / 2:
                return ">" + self.number(100 - step, digits)
            if share * 100 <= step / 2:  # a half would be rounded to an even 0
                return "<" + self.number(step, digits)
        return self.number(share * 100, digits)

    def day(self, moment: str) -> str:
        """An ISO moment as "21 November 2026"."""
        return format_date(datetime.fromisoformat(moment), format="d MMMM yyyy", locale=self.language)

    def _filled(self, sentence: str, facts: Mapping[str, object]) -> str:
        if not facts:
            return sentence
        if self.language == "en":
            return sentence.format(**facts)
        return _InOurNumbers().vformat(sentence, (), facts)


@cache
def _catalogue(language: Language) -> Mapping[str, str]:
    if language == "en":
        return {}
    with (LOCALES / f"{language}.po").open("rb") as file:
        messages = read_po(file, locale=language, abort_invalid=True)
    found = {}
    for message in messages:
        english = message.id[0] if isinstance(message.id, tuple | list) else message.id
        translated = message.string[0] if isinstance(message.string, tuple | list) else message.string
        if english and translated:
            found[english] = translated
    return found


class _InOurNumbers(string.Formatter):
    """`str.format`, with commas and points in numbers the other way round."""

    def format_field(self, value: Any, format_spec: str) -> str:
        text = format(value, format_spec)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return text.translate(_SWAPPED) if is_number else text
