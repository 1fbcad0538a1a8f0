"""The programme paid by the abatement of TFPB, by the axes of its national frame, as XLSX."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import openpyxl

from labo import catalogue as _catalogue  # noqa: F401 (declares the measures)
from labo.estimate import Grade
from labo.measure import MEASURES
from labo_web.documents.archive import settled
from labo_web.roadmaps import funds
from labo_web.roadmaps.amounts import UNKNOWN
from labo_web.roadmaps.content import Content, Line, Sheet
from labo_web.roadmaps.exports.tables import Row, add_sheet

SOURCE = "Cadre national d’utilisation de l’abattement de TFPB dans les QPV (29 avril 2015)"
HEAD = ("axe", "numero", "action", "quartiers", "financeur", "ligne", "montant", "etat")
UNSORTED = "À classer par l’équipe et le bailleur"
NOTHING = "aucune action de la feuille de route"


@dataclass(frozen=True)
class Axis:
    """An axis of the national frame, and the families of measures that are put in it.

    The frame is about the landlord's services: most axes are of no measure of the catalogue.
    """

    label: str
    families: tuple[str, ...] = ()
    source: str = SOURCE
    grade: Grade = "to_check"


AXES = (
    Axis("Renforcement de la présence du personnel de proximité"),
    Axis("Formation et soutien des personnels de proximité"),
    Axis("Sur-entretien"),
    Axis("Gestion des déchets, encombrants et épaves"),
    Axis("Tranquillité résidentielle"),
    Axis("Concertation et sensibilisation des locataires"),
    Axis("Animation, lien social, vivre ensemble", ("places", "care")),
    Axis(
        "Petits travaux d’amélioration de la qualité de service",
        ("shade", "soil", "water", "buildings", "energy", "mobility"),
    ),
)


def axis_of(measure: str) -> str:
    """Return the axis of an action by the measure that it starts from."""
    family = next((x.family for x in MEASURES if x.id == measure), "")
    return next((x.label for x in AXES if family in x.families), UNSORTED)


def _paid(content: Content) -> Iterator[tuple[Sheet, Line]]:
    """Give the lines of the abatement that are still hoped for."""
    fund = funds.BY_ID["tfpb"].label
    for s in content.sheets:
        if s.level_key != "abandoned":
            yield from ((s, x) for x in s.lines if x.fund == fund and x.status != "refusé")


def rows_of(content: Content, measures: Mapping[int, str]) -> Iterator[Row]:
    """Give the programme as rows of HEAD, each axis said; `measures` are by number of action."""
    paid = [(axis_of(measures.get(s.number, "")), s, x) for s, x in _paid(content)]
    labels = [x.label for x in AXES]
    if any(axis == UNSORTED for axis, _, _ in paid):
        labels.append(UNSORTED)
    for label in labels:
        own = [(s, x) for axis, s, x in paid if axis == label]
        for s, x in own:
            amount = UNKNOWN if x.amount is None else Decimal(x.amount)
            yield (
                *(label, f"A-{s.number}", s.title, ", ".join(s.zones), x.funder, x.line),
                *(amount, x.status),
            )
        if not own:
            yield label, "", NOTHING, "", "", "", None, ""
    known = [Decimal(x.amount) for _, _, x in paid if x.amount is not None]
    unknown = f"{len(paid) - len(known)} montant(s) non communiqué(s), hors de cette somme"
    total = sum(known, Decimal(0)) if known else UNKNOWN
    yield "Ensemble", "", unknown, "", "", "", total, ""


def workbook_of(content: Content, measures: Mapping[int, str]) -> bytes:
    """Return the programme: the same content gives the same bytes."""
    book = openpyxl.Workbook(write_only=True)
    book.properties.title = f"{content.title}, abattement de TFPB"
    book.properties.creator = "Labo Quartiers en Transitions"
    on = dt.date.fromisoformat(content.on)
    about = [
        ("Feuille de route", content.title), ("Territoire", content.territory), ("État au", on),
        ("Ce qui y est", "les lignes de financement dites « Abattement de TFPB », sans les refus"),
        ("Axes", f"{SOURCE}, à vérifier dans la convention ; rangés d’après la solution d’origine"),
        *([("Attention", "Données fictives.")] if content.fictive else []),
    ]  # fmt: skip
    add_sheet(book, "Lisez-moi", ("sujet", "valeur"), about, (24, 90))
    add_sheet(
        book, "Programme", HEAD, rows_of(content, measures),
        (48, 8, 44, 28, 28, 28, 18, 16),
    )  # fmt: skip
    out = io.BytesIO()
    book.save(out)
    return settled(out.getvalue(), on)
