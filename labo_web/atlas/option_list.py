"""The list of a group: options as rows of a table that a form carries as CSV, and what each holds.

Rows are those of `labo.options`, and one column more: how many of it the group's own list holds.
What is wrong is said in French, with its line and what was expected.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from labo import measure_words
from labo.answers import Answer
from labo.errors import LaboError
from labo.measure import Measure
from labo.option_template import EXAMPLE, Place, template
from labo.options import (
    COLUMNS,
    MOST_QUANTITY,
    REQUIRED,
    Options,
    WrongCell,
    chosen_of,
    options_of,
)
from labo.typed import number
from labo_web.atlas.french import printed

Row = dict[str, str]
CHOSEN = "chosen"
ALL = (*COLUMNS, CHOSEN)
# What a page reads; above, the command line answers.
MOST_OPTIONS = 2_000
MOST_CHARACTERS = 2_000_000
MOST_QUANTITIES = 200  # fields on a page
SHOWN = 40
ENDS = ("low", "central", "high")
NAMES = {
    "id": "le nom court de l’option, utilisé une seule fois",
    "label": "un nom",
    "site": "un lieu",
    "zone": "le nom ou le code d’un quartier de ce territoire",
    "measure": "une solution du catalogue",
    "variant_group": "un nom de groupe, ou rien",
    "quantity_max": f"un nombre entier de 1 à {MOST_QUANTITY}",
    "unit": "la même unité dans toute la liste, par exemple resident * day (jours-habitant)",
    "cost_grade": "verified (avec une référence) ou to_check",
    "effect_grade": "verified (avec une référence) ou to_check",
    "beneficiaries": "un nombre d’habitants, à partir de 0",
    "feasible": "oui ou non",
    "reason": "pourquoi ce n’est pas possible ici",
    "overlap_site": "une part de 0 à 1",
    "overlap_zone": "une part de 0 à 1",
    CHOSEN: f"un nombre entier de 0 à {MOST_QUANTITY}",
}
RANGES = {
    "capital": "un coût en euros, à partir de 0, avec bas ≤ central ≤ haut",
    "upkeep": "un entretien en euros par an, à partir de 0, avec bas ≤ central ≤ haut",
    "benefit": "un effet, avec bas ≤ central ≤ haut, ou les trois vides",
    "equity": "un effet pondéré, avec bas ≤ central ≤ haut, ou les trois vides",
    "beneficiaries": "une part de 0 à 1 ; les cinq ensemble font 1",
}


@dataclass
class Listed:
    """A list as it was read: rows, options and what the group chose; or what is wrong with it."""

    rows: list[Row] = field(default_factory=list)
    options: Options | None = None
    own: npt.NDArray[np.int64] | None = None
    wrong: list[str] = field(default_factory=list)

    @property
    def invented(self) -> bool:
        """Whether some effects are those of the example, which are made up."""
        return any(row.get("reference") == EXAMPLE for row in self.rows)


def read(text: str, zones: Mapping[str, str]) -> Listed:
    """Read a list in CSV.

    Args:
        text: semicolons, commas or tabs; lines that begin with # are left out.
        zones: names of the neighbourhoods, by code.
    """
    found = Listed()
    lines = _table(text, found)
    if found.wrong or not lines:
        return found
    known = {name.casefold(): code for code, name in zones.items()} | {
        code.casefold(): code for code in zones
    }
    ids = {row.get("id", "") for _, row in lines}
    for line, row in lines:
        if row.get("zone") and row["zone"].casefold() not in known:
            near = difflib.get_close_matches(row["zone"], list(zones.values()), n=2, cutoff=0.5)
            hint = f"Vouliez-vous dire {' ou '.join(near)} ?" if near else "Donnez son nom."
            found.wrong.append(
                f"Ligne {line} : « {_cut(row['zone'])} » n’est pas un quartier d’ici. {hint}"
            )
        for column, verb in (("needs", "demande"), ("excludes", "exclut")):
            for other in filter(None, (x.strip() for x in row.get(column, "").split("|"))):
                if other not in ids or other == row.get("id"):
                    found.wrong.append(
                        f"Ligne {line} : cette option {verb} « {_cut(other)} », qui n’est pas une "
                        "autre option de la liste."
                    )
    found.rows = [row for _, row in lines]
    if found.wrong:
        return found
    try:
        found.options = options_of(lines, lambda name: known[name.casefold()])
        found.own = _own(lines, found.options)
    except WrongCell as error:
        found.wrong.append(_said(error))
        found.options = None
    except LaboError as error:
        found.wrong.append(f"La liste ne se lit pas : {error}")
        found.options = None
    return found


def _said(error: WrongCell) -> str:
    base, _, end = error.column.rpartition("_")
    wanted = RANGES.get(base) if end in ENDS or end.startswith("q") else None
    wanted = wanted or NAMES.get(error.column, "autre chose")
    what = f"« {_cut(error.text)} » ne va pas" if error.text else "il manque une valeur"
    if error.column == "id" and error.text:
        what = f"« {_cut(error.text)} » est déjà pris"
    return f"Ligne {error.line}, colonne « {error.column} » : {what}. Attendu : {wanted}."


def _own(lines: Sequence[tuple[int, Row]], options: Options) -> npt.NDArray[np.int64] | None:
    quantities: dict[str, float] = {}
    for line, row in lines:
        text = row.get(CHOSEN, "").strip()
        try:
            count = number(text) if text else 0.0
        except ValueError:
            count = -1.0
        if not 0 <= count <= MOST_QUANTITY or count != int(count):
            raise WrongCell("", line, CHOSEN, text)
        quantities[row["id"]] = count
    return chosen_of(options, quantities) if any(quantities.values()) else None


def _table(text: str, found: Listed) -> list[tuple[int, Row]]:
    """Return the rows with their line; what is wrong goes to `found`."""
    wrong = found.wrong
    if len(text) > MOST_CHARACTERS:
        wrong.append(
            f"Cette liste est trop longue : une page lit {MOST_OPTIONS} options au plus. Sur un "
            "ordinateur, « labo portfolio » en lit 20 000."
        )
        return []
    if "\0" in text:
        wrong.append("Ce fichier n’est pas un tableau CSV : enregistrez le tableau au format CSV.")
        return []
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    first = next((i for i, line in enumerate(lines) if _holds(line)), None)
    if first is None:
        return []
    separator = next((s for s in (";", "\t") if s in lines[first]), ",")
    reader = csv.reader(lines[first:], delimiter=separator)
    try:
        table = [(first + reader.line_num, fields) for fields in reader if _holds("".join(fields))]
    except csv.Error:
        wrong.append("Cette liste n’est pas un tableau CSV : vérifiez les guillemets.")
        return []
    names = [name.strip() for name in table[0][1]]
    wrong += [
        f"Colonne « {_cut(name)} » inconnue. Les colonnes sont : {', '.join(ALL)}."
        for name in dict.fromkeys(names)
        if name and name not in ALL
    ][:3]
    wrong += [f"La colonne « {n} » est là deux fois." for n in ALL if names.count(n) > 1]
    if absent := [name for name in REQUIRED if name not in names]:
        wrong.append(f"Il manque des colonnes : {', '.join(absent)}.")
    if len(table) - 1 > MOST_OPTIONS:
        wrong.append(
            f"{len(table) - 1} options : une page en lit {MOST_OPTIONS} au plus. Choisissez par "
            "quartier, ou prenez « labo portfolio » sur un ordinateur."
        )
    for line, fields in table[1:]:
        if any(value.strip() for value in fields[len(names) :]):
            wrong.append(
                f"Ligne {line} : {len(fields)} valeurs pour {len(names)} colonnes. Avec des "
                "virgules dans les nombres, séparez les colonnes par des points-virgules."
            )
            break
    if wrong:
        return []
    return [
        (line, {n: v.strip() for n, v in zip(names, fields, strict=False) if n})
        for line, fields in table[1:]
    ]


def _holds(line: str) -> bool:
    return bool(line.strip(" ;,\t\r\n")) and not line.lstrip().startswith("#")


def text_of(rows: Sequence[Mapping[str, str]]) -> str:
    """Return rows as CSV, for Excel in French; columns that nobody filled are left out."""
    used = [c for c in ALL if c in (*REQUIRED, CHOSEN) or any(row.get(c) for row in rows)]
    out = io.StringIO()
    writer = csv.DictWriter(out, used, delimiter=";", lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({c: _one_line(row.get(c, "")) for c in used} for row in rows)
    return out.getvalue()


def _one_line(text: str) -> str:
    return " ".join(text.split())


# Where a list may begin


def example(places: Sequence[Place]) -> str:
    """Return the engine's example for these neighbourhoods: its effects are invented."""
    found = Listed()
    return text_of([row for _, row in _table(template(places), found)])


def from_catalogue(ranked: Mapping[str, Sequence[Answer]], each: int) -> list[Row]:
    """Return the first possible solutions of each neighbourhood, by the unit, without effects.

    Args:
        ranked: answers by code of the neighbourhood, in order.
        each: how many of them.
    """
    rows = []
    for zone, answers in ranked.items():
        possible = [x for x in answers if x.state in ("possible", "doubtful")]
        rows += [row_of(x.measure, zone, "à préciser", {}) for x in possible[:each]]
    return rows


def row_of(x: Measure, zone: str, site: str, given: Mapping[str, str]) -> Row:
    """Return a row with the catalogue's costs, by the unit, and what a group says of it.

    Nothing is made up: who could lose is what the catalogue's seven questions say, and what it does
    not say stays empty.
    """
    row: Row = {
        "id": f"{zone}-{x.id}",
        "label": f"{printed(x.label)} ({x.unit_label})",
        "site": site,
        "zone": zone,
        "measure": x.id,
        "quantity_max": f"{MOST_QUANTITY}",
        "cost_grade": x.capital.grade if x.capital.grade == x.running.grade else "to_check",
        "effect_grade": "to_check",
        "reference": x.capital.reference,
        "loses_charges": _risk(x, "charges"),
        "loses_upkeep": _risk(x, "upkeep"),
    }
    for name, of in (("capital", x.capital), ("upkeep", x.running)):
        for end in ENDS:
            # An expected saving is not money to spend again.
            row[f"{name}_{end}"] = _plain(max(0.0, getattr(of, end)))
    return row | {name: text for name, text in given.items() if text}


def _risk(x: Measure, question: str) -> str:
    check = x.checks[question]
    return printed(f"{measure_words.RISKS[check.risk]} : {check.says}")


def _plain(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def unused(wanted: str, rows: Sequence[Mapping[str, str]]) -> str:
    """Return a name for an option that no other has."""
    taken = {row.get("id") for row in rows}
    name, count = wanted, 1
    while name in taken:
        count += 1
        name = f"{wanted}-{count}"
    return name


def with_quantities(rows: Sequence[Row], typed: Mapping[str, Any]) -> list[Row]:
    """Return the rows with how many the group typed for each, by place in the list."""
    return [
        row | {CHOSEN: str(typed[f"q.{n}"]).strip()} if f"q.{n}" in typed else row
        for n, row in enumerate(rows)
    ]


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
