"""A file of options to begin with: every column, said in words, and lines to be replaced.

Costs are orders of magnitude to be checked, effects are invented: the file says so of itself. A
catalogue of measures would make such rows too, and hand them to `labo.options.options_of`.
"""

import csv
import io
from collections.abc import Sequence
from typing import NamedTuple

from labo.options import COLUMNS


class Place(NamedTuple):
    """A neighbourhood: code, name, residents."""

    zone: str
    name: str
    residents: float


UNIT = "resident * day"
HEAD = (
    "Modèle de fichier d'options : une ligne par option (une solution, dans un lieu).",
    "Les coûts sont des ordres de grandeur à vérifier ; les effets sont INVENTÉS : remplacez-les.",
    "Effet : en jours-habitant rafraîchis par an. Vide = sans effet modélisé, donc hors du calcul.",
    "Les lignes qui commencent par # ne sont pas lues. Colonnes (en anglais) :",
)
NOT_SAID = ("loses_rent", "loses_charges", "loses_displacement", "loses_upkeep")
EXAMPLE = "exemple à remplacer"
# measure, label, site, variant group, most, capital, upkeep (low, central, high), days of coolness
# per beneficiary (low, central, high) or None, beneficiaries (share of residents).
Row = tuple[str, str, str, str, int, tuple[int, ...], tuple[int, ...], tuple[float, ...], float]
ROWS: tuple[Row, ...] = (
    (*("shade_sail", "Ombrière", "square", "shade", 1),
     (30_000, 60_000, 120_000), (1_000, 2_000, 4_000), (1.0, 3.0, 5.0), 0.10),
    (*("tree_planting", "Arbres (lot de 20)", "square", "shade", 3),
     (20_000, 36_000, 60_000), (1_000, 2_000, 3_000), (0.5, 2.0, 4.0), 0.10),
    (*("cool_place_opening", "Lieu frais ouvert l'été", "centre social", "", 1),
     (0, 2_000, 5_000), (5_000, 15_000, 40_000), (2.0, 6.0, 10.0), 0.05),
    (*("school_yard", "Cour d'école rafraîchie", "école", "", 1),
     (150_000, 250_000, 500_000), (2_000, 5_000, 9_000), (2.0, 5.0, 9.0), 0.08),
    (*("home_visits", "Visites à domicile", "quartier", "", 1),
     (0, 0, 0), (15_000, 22_000, 30_000), (), 0.03),
)  # fmt: skip


def template(places: Sequence[Place]) -> str:
    """Return the text of the file, for Excel in French: semicolons and decimal commas."""
    out = io.StringIO()
    for line in HEAD:
        out.write(f"# {line}\n")
    for column, what in COLUMNS.items():
        if what:
            out.write(f"#   {column}: {what}\n")
    writer = csv.DictWriter(out, COLUMNS, delimiter=";", lineterminator="\n")
    writer.writeheader()
    for place in places:
        for row in ROWS:
            writer.writerow(_row(place, *row))
    return out.getvalue()


def _row(
    place: Place,
    measure: str,
    label: str,
    site: str,
    group: str,
    most: int,
    capital: tuple[int, ...],
    upkeep: tuple[int, ...],
    days: tuple[float, ...],
    share: float,
) -> dict[str, str]:
    people = round(place.residents * share)
    values: dict[str, str] = {
        "id": f"{place.zone}-{measure}",
        "label": label,
        "site": site,
        "zone": place.zone,
        "measure": measure,
        "variant_group": group,
        "quantity_max": f"{most}",
        "unit": UNIT,
        "beneficiaries": f"{people}",
        "cost_grade": "to_check",
        "effect_grade": "to_check",
        "reference": EXAMPLE,
        "feasible": "yes",
    }
    for name, ends in (("capital", capital), ("upkeep", upkeep)):
        for end, value in zip(("low", "central", "high"), ends, strict=True):
            values[f"{name}_{end}"] = f"{value}"
    for end, each in zip(("low", "central", "high"), days, strict=bool(days)):
        values[f"benefit_{end}"] = f"{each * people:.1f}".replace(".", ",")
    return values
