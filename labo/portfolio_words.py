"""The words of a portfolio in French: amounts, what a list breaks, why two lists differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from labo.measure import MEASURES
from labo.words import MINUS, NARROW, figure

if TYPE_CHECKING:
    from labo.options import Options

Row = dict[str, Any]

# Names that a sentence says before it counts the rest.
FEW = 5
UNITS = {
    "resident * day": "jours-habitant",
    "resident": "habitants",
    "dwelling": "logements",
    "kilowatt_hour": "kWh",
}
# What an effect is often counted in, as a group says it; a file may give any other unit.
EFFECTS = {
    "resident * day": "jours-habitant de fraîcheur par an",
    "resident": "habitants qui y gagnent",
    "m**2": "m² de sol ou de végétation",
    "m**3": "m³ d'eau par an",
    "dwelling": "logements",
    "kilowatt_hour": "kWh par an",
}
SPELLED = (("**3", "³"), ("**2", "²"), (" * ", "·"), (" / ", "/"), ("year", "an"), ("day", "jour"))
AIMS = {
    "equity": "l'effet pondéré selon le niveau de vie de ceux qui en profitent",
    "benefit": "l'effet sur l'environnement",
}
FLOORS = {"budget": "budget", "benefit": "total des effets"}
VIOLATIONS = {
    "budget": "Le budget est dépassé de {by} €.",
    "upkeep": "L'entretien annuel est dépassé de {by} €.",
    "variants": "{where} : une seule variante possible, et la liste en a plusieurs ({reason}).",
    "possible": "{where} n'est pas possible ici : {reason}.",
    "number": "{where} : {by} de trop (au plus {reason}).",
    "needs": "{where} n'a de sens qu'avec {reason}, qui n'est pas dans la liste.",
    "excludes": "{where} ne va pas avec {reason}.",
    "floor": "{where} a moins que le plancher : il lui manque {by} du {of}.",
}
CONSTRAINTS = {
    "budget": "le budget",
    "upkeep": "l'entretien annuel",
    "variants": "une seule variante par lieu",
    "needs": "des options qui en demandent d'autres",
    "excludes": "des options qui en excluent d'autres",
    "possible": "des options jugées impossibles",
    "effects": "des options sans effet modélisé, donc hors du calcul",
}
WHY = {
    "impossible": "impossible ici : {other}",
    "no effect": "sans effet modélisé : le calcul ne sait pas la peser",
    "variant": "autre variante retenue au même lieu : {other}",
    "exclusion": "ne va pas avec {other}, retenue",
    "need": "va avec {other}",
    "floor": "pour le plancher de {other}",
    "dearer": "moins d'effet par euro que ce qui entre",
    "no room": "bon effet par euro, mais ne tient plus dans le budget",
    "better": "plus d'effet par euro que ce qui sort",
    "room": "tient dans ce qui reste du budget",
}
LOSSES = {
    "rent": "loyers",
    "charges": "charges",
    "displacement": "départs d'habitants",
    "upkeep": "entretien",
}
MISSING = {
    "effect": "effet sur l'environnement",
    "beneficiaries": "nombre de bénéficiaires",
    "shares": "niveau de vie des bénéficiaires",
} | {loss: f"qui pourrait y perdre ({words})" for loss, words in LOSSES.items()}
LATE = {
    "free": "le prix du plancher",
    "budgets": "le budget à ±20 %",
    "front": "environnement et justice",
    "robust": "la liste que l'on regretterait le moins",
    "dear": "la même, si tous les coûts sont au plus haut",
}
ENDS = {"low": "au plus bas", "high": "au plus haut"}
FIFTHS = ("le plus modeste", "2e", "3e", "4e", "le plus aisé")


class Words:
    """How amounts, options and neighbourhoods of a result are written."""

    def __init__(self, r: Row, options: Options) -> None:
        self.unit = spelled(str(r["unit"]))
        self.options = options
        self.of = FLOORS[r["floor"]["of"]] if r["floor"] is not None else ""
        self.zones: dict[str, str] = r["names"]
        self.labels = {
            x.id: f"{x.label} ({self.zones.get(x.zone, x.zone)}, {x.site})" for x in options.rows
        }

    def named(self, name: str) -> str:
        """Return what people call a neighbourhood or an option; a site is its own name."""
        return self.zones.get(name) or self.labels.get(name, name)

    def some(self, ids: list[str]) -> str:
        """Return the first few options of a list."""
        return _few([self.named(name) for name in ids])

    def moved(self, rows: list[Row]) -> str:
        """Return the first few options that enter a list or leave it; how many, if not one."""
        return _few([self.named(x["option"]) + _times(x["before"], x["after"]) for x in rows])

    def situation(self, s: Row) -> str:
        """Say in which situation a list loses most, a measure by its name."""
        if s["kind"] != "measure":
            return situation(s)
        labels = {x.label for x in self.options.rows if x.measure == s["label"]}
        known = next((x.label for x in MEASURES if x.id == s["label"]), s["label"])
        return situation(s | {"label": f"« {labels.pop() if len(labels) == 1 else known} »"})

    def nothing(self, budget: float) -> str:
        """Say that no option fits in a budget, and what the cheapest one costs."""
        possible = self.options.modelled & (self.options.most > 0)
        said = f"Rien ne tient dans {figure(budget, 'euro')}"
        if not possible.any():
            return f"{said}."
        at = int(np.where(possible, self.options.capital[:, 1], np.inf).argmin())
        row = self.options.rows[at]
        return (
            f"{said} : l'option la moins chère, {self.named(row.id)}, coûte "
            f"{figure(float(self.options.capital[at, 1]), 'euro')}."
        )

    def effect(self, of: Row | None) -> str:
        """Return an effect with its range."""
        if of is None:
            return "non modélisé"
        return f"{digits(of['central'])} ({digits(of['low'])} à {digits(of['high'])})"


def spelled(unit: str) -> str:
    """Return a unit in French, as it stands after a number."""
    if unit in UNITS:
        return UNITS[unit]
    for old, new in SPELLED:
        unit = unit.replace(old, new)
    return unit


def digits(value: float) -> str:
    """Return a number for people: three figures when it is small, none after the comma if not."""
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    if "e" in text:
        text = f"{value:.0f}" if abs(value) >= 1 else "0"
    return text.replace(",", NARROW).replace(".", ",").replace("-", MINUS)


def signed(value: float) -> str:
    """Return a difference with its sign."""
    text = digits(value)
    return text if text.startswith(MINUS) or text == "0" else f"+{text}"


def euros(of: Row) -> str:
    """Return a cost with its range."""
    if of["low"] == of["high"]:
        return figure(of["central"], "euro")
    return f"{figure(of['central'], 'euro')} ({digits(of['low'])} à {digits(of['high'])})"


def percent(share: float) -> str:
    """Return a share, with decimals where it is small."""
    text = f"{100 * share:.2g}" if abs(share) < 0.1 else f"{100 * share:.0f}"
    return f"{text.replace('.', ',')}{NARROW}%"


def verdict(found: Row, one: str, two: str) -> str:
    """Say what a list has more than another, and whether they can be told apart."""
    parts = []
    for key, what in (("benefit", "effet"), ("equity", "effet pondéré")):
        of = found[key]
        sure = "assez sûr" if found[f"distinguishable_{key}"] else "non distinguables"
        span = f"de {signed(of['low'])} à {signed(of['high'])}"
        parts.append(f"{what} {signed(of['central'])} ({span}), {sure}")
    return f"{one} par rapport à {two} : {' ; '.join(parts)}."


def _few(told: list[str]) -> str:
    left = len(told) - FEW
    more = f" et {left} autre{'s' if left > 1 else ''}" if left > 0 else ""
    return (", ".join(told[:FEW]) + more) or "rien"


def _times(before: int, after: int) -> str:
    """Say how many of an option enter or leave; nothing where it is one of one."""
    if after > before:
        return f" ({after - before} de plus)" if before else "" if after == 1 else f" ({after})"
    return "" if before == 1 else f" ({before - after} sur {before})"


def situation(s: Row) -> str:
    """Say in which situation a list loses most."""
    if s["kind"] == "weights":
        return (
            "sans pondération"
            if s["label"] == "0"
            else f"élasticité {s['label'].replace('.', ',')}"
        )
    if s["kind"] == "effects":
        return f"tous les effets {ENDS[s['label']]}"
    if s["kind"] == "measure":
        return f"l'effet de {s['label']} au plus bas"
    return "les valeurs centrales"


def constraints_told(names: list[str], words: Words) -> str:
    """Return the names of constraints in words."""
    told = []
    for name in names:
        zone = name.removeprefix("floor ")
        told.append(f"le plancher de {words.named(zone)}" if name != zone else CONSTRAINTS[name])
    return " ; ".join(told)
