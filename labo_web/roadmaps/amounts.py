"""Amounts and figures as French people type them: « 12 500,50 € ». Read strictly, kept exactly."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from labo.words import NARROW, NOTHING

SPACES = " \u00a0\u202f\u2009"
EURO = re.compile(r"(?:€|euros?|eur)$", re.IGNORECASE)
GROUPED = re.compile(r"\d{1,3}(?: \d{3})+|\d+", re.ASCII)
CENT = Decimal("0.01")
MOST = Decimal(10) ** 10  # no contrat de ville has ten billion euros
LONGEST = 40  # characters that a number is typed with
UNKNOWN, UNCOSTED = "non communiqué", "pas chiffré"


def parse(typed: str, *, decimals: int = 2, negative: bool = False) -> Decimal:
    """Return an amount that somebody typed.

    Spaces between groups of three digits, a comma (or a point) before the decimals, and a euro
    sign at the end are understood. Anything else is refused rather than guessed.

    Raises:
        ValidationError: it is not an amount, in one sentence that quotes it.
    """
    if len(typed.strip()) > LONGEST:
        raise ValidationError(
            f"« {typed.strip()[:LONGEST]}… » est trop long pour un nombre : écrivez par exemple "
            "12 500,50."
        )
    text = EURO.sub("", typed.strip()).rstrip()
    for space in SPACES[1:]:
        text = text.replace(space, " ")
    sign, text = (text[0], text[1:].strip()) if text[:1] in "-−" and text else ("", text)
    if sign and not negative:
        raise ValidationError(f"« {typed.strip()} » est négatif : un montant est positif ou nul.")
    whole, mark, rest = text.partition("," if "," in text else ".")
    if mark == "." and len(rest) == 3 and decimals < 3:
        raise ValidationError(
            f"« {typed.strip()} » se lit de deux façons : écrivez {whole}{rest} sans point, ou "
            f"{whole},{rest[:decimals]} avec une virgule."
        )
    if not GROUPED.fullmatch(whole) or (mark and not re.fullmatch(r"[0-9]+", rest)):
        raise ValidationError(
            f"« {typed.strip()} » n’est pas un nombre : écrivez par exemple 12 500,50."
        )
    if len(rest) > decimals:
        raise ValidationError(
            f"« {typed.strip()} » a trop de chiffres après la virgule : au plus {decimals}."
        )
    found = Decimal(f"{whole.replace(' ', '')}.{rest or '0'}")
    if found >= MOST:
        raise ValidationError(f"« {typed.strip()} » est trop grand : vérifiez l’unité.")
    return -found if sign else found


def plain(value: Decimal | None) -> str:
    """Return a number as it is typed: 12 500,50; nothing where there is none."""
    if value is None:
        return ""
    whole, _, rest = f"{value:,f}".partition(".")
    rest = rest.rstrip("0")
    if len(rest) == 1:
        rest += "0"
    text = whole.replace(",", NARROW).replace("-", "\u2212")
    return f"{text},{rest}" if rest else text


def figure(value: Decimal | None, unit: str = "") -> str:
    """Return a number with its unit; a dash where there is none."""
    if value is None:
        return NOTHING
    text = plain(value.normalize() if value == value.to_integral() else value)
    text = re.sub(r",(\d)0$", r",\1", text)
    return f"{text}\u00a0{unit}" if unit else text


def euros(value: Decimal | None, missing: str = UNKNOWN) -> str:
    """Return an amount for the page: 12 500,50 €; what is missing is said, and never zero."""
    return missing if value is None else f"{plain(value)}{NARROW}€"


def about(value: Decimal | None, missing: str = UNKNOWN) -> str:
    """Return an amount that a rule gave, to three figures: environ 17 200 €."""
    if value is None:
        return missing
    step = Decimal(1).scaleb(max(value.adjusted() - 2, 0)) if value else Decimal(1)
    return f"environ {euros((value / step).quantize(Decimal(1), ROUND_HALF_UP) * step)}"


def share(part: Decimal, whole: Decimal | None) -> str:
    """Return a rate as text: 42,5 %; nothing without a whole."""
    if not whole:
        return ""
    rate = (100 * part / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{figure(rate)}{NARROW}%"


class NumberField(forms.CharField):
    """A number typed in French; empty is unknown, never zero."""

    def __init__(self, *, decimals: int = 4, negative: bool = True, **kwargs: Any) -> None:
        self.decimals, self.negative = decimals, negative
        kwargs.setdefault("required", False)
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal"}))
        for name in ("max_digits", "decimal_places", "localize"):
            kwargs.pop(name, None)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        """Read what was typed."""
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        if isinstance(value, Decimal):
            return value
        return parse(str(text), decimals=self.decimals, negative=self.negative)

    def run_validators(self, value: Any) -> None:
        """A number has none of those of a text."""

    def prepare_value(self, value: Any) -> Any:
        """Show a number as it is typed, and what was typed as it was."""
        return plain(value) if isinstance(value, Decimal) else value


class AmountField(NumberField):
    """An amount in euros."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.pop("decimals", None)
        super().__init__(decimals=2, negative=False, **kwargs)
