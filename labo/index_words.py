"""What an index says, in words that the terminal and the pages share."""

from __future__ import annotations

from labo.words import MINUS, NARROW, NOTHING

# Scores grow with vulnerability, whatever the component.
COMPONENTS = {
    "hazard": "aléa",
    "exposure": "présence exposée",
    "sensitivity": "sensibilité",
    "adaptive_capacity": "manque de capacités",
    "index": "indice",
}
STATES = {
    "absent": "absent",
    "partial": "manque par endroits",
    "imputed": "imputé en partie",
    "present": "présent, imprécis",
}


def whole(value: float | None) -> str:
    """Return a rank or a score without decimals."""
    return NOTHING if value is None else f"{value:.0f}"


def one(value: float) -> str:
    """Return a number with one decimal."""
    text = f"{value:.1f}".replace(".", ",")
    return text.lstrip("-") if text == "-0,0" else text.replace("-", MINUS)


def percent(share: float) -> str:
    """Return a share as a whole percentage."""
    return f"{100 * share:.0f}{NARROW}%"


def signed(value: float | None) -> str:
    """Return a gap in points, with its sign."""
    if value is None:
        return NOTHING
    text = f"{value:+.0f}".replace("-", MINUS)
    return "0" if text in ("+0", f"{MINUS}0") else text


def span(low: float | None, high: float | None) -> str:
    """Return the two ends of an interval."""
    return NOTHING if low is None or high is None else f"{low:.0f}–{high:.0f}"
