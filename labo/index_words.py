"""What an index says, in words that the terminal and the pages share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labo.words import MINUS, NARROW, NOTHING

# Scores grow with vulnerability, whatever the component.
COMPONENTS = {
    "hazard": "aléa",
    "exposure": "présence exposée",
    "sensitivity": "sensibilité",
    "adaptive_capacity": "manque de capacités",
    "index": "indice",
}
# Titles of the two kinds of datasets: those that can be asked for near the territory come first.
HERE, ELSEWHERE = "À négocier ici", "Ce qui dépend de producteurs nationaux"
SAID = 0.5  # of the largest change of weight, under which another is not said
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


def first_to_ask(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say which dataset to ask for first, and of whom: never one that nobody near could give.

    Args:
        rows: of `labo.data_clause.worth`, what can be asked for near the territory first.
    """
    useful = [r for r in rows if r["width_less"] > 0]
    if not useful:
        return "Aucune donnée, connue exactement, ne réduirait le doute sur le classement."
    best = useful[0]
    most = " au plus" if best["state"] == "absent" else ""
    gain = (
        f"Connue exactement, elle resserrerait les intervalles de rang de "
        f"{one(best['width_less'])} en moyenne{most}, et départagerait {one(best['pairs_less'])} "
        "paires de quartiers de plus."
    )
    if best["holder"]:
        return (
            f"À négocier ici d’abord\u00a0: {best['label']}, à demander à {best['holder']}. {gain}"
        )
    return (
        "Aucune donnée que l’on puisse négocier ici ne réduirait le doute sur ce classement. Celle "
        f"qui le réduirait le plus, personne ici ne peut la donner\u00a0: {best['label']} "
        f"({best['producer']}). {gain}"
    )


def span(low: float | None, high: float | None) -> str:
    """Return the two ends of an interval."""
    return NOTHING if low is None or high is None else f"{low:.0f}–{high:.0f}"


def passing(row: Mapping[Any, Any], labels: Mapping[str, str]) -> str:
    """Say in French how weights must pass from the declared ones for a unit to change class.

    Args:
        row: of `Scan.table`, where the class changes.
        labels: of parts.
    """
    weights, rest = _moves(row)
    said = [
        f"«\u00a0{labels[name]}\u00a0» de {percent(before)} à {percent(after)}"
        for name, before, after in weights
    ]
    return f"le poids passe, pour {' et pour '.join(said)}{rest}"


def counting(row: Mapping[Any, Any], labels: Mapping[str, str]) -> str:
    """Say the same to those who never met a weight: what a part counts for, instead of what."""
    weights, rest = _moves(row)
    said = [
        f"«\u00a0{labels[name]}\u00a0» compte pour {percent(after)} au lieu de {percent(before)}"
        for name, before, after in weights
    ]
    return f"{' et '.join(said)}{rest}"


def _moves(row: Mapping[Any, Any]) -> tuple[list[tuple[str, float, float]], str]:
    """Return the parts whose weight must move, most first, and a word on the others."""
    names = [name.removeprefix("declared_") for name in row if name.startswith("declared_")]
    weights = [(n, float(row[f"declared_{n}"]), float(row[f"weight_{n}"])) for n in names]
    most = max(abs(after - before) for _, before, after in weights)
    others = [w for w in weights if abs(w[2] - w[1]) < SAID * most]
    weights = sorted((w for w in weights if w not in others), key=lambda w: w[1] - w[2])
    rest = "" if all(before == after for _, before, after in others) else ", le reste s’ajustant"
    return weights, rest
