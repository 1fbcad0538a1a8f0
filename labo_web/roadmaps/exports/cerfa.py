"""An action in the order of the fields of Cerfa 12156, for the grant request of an association.

What the sheet knows is written, the rest is to complete. The sections and fields below were written
without the form at hand: grade `to_check`, to hold against that of the year before it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from labo_web.roadmaps.content import Content, Sheet
from labo_web.roadmaps.exports.said import day
from labo_web.roadmaps.exports.tables import Row

HEAD = ("rubrique", "champ", "reponse")
TO_COMPLETE = "à compléter"
Read = Callable[[Content, Sheet], str]


def _unknown(_: Content, _s: Sheet) -> str:
    return ""


def _of(name: str) -> Read:
    return lambda _, s: str(getattr(s, name) or "")


def _sum(name: str) -> Read:
    return lambda _, s: s.sums.said[name]


def _cost(_: Content, s: Sheet) -> str:
    return s.sums.said["cost"] if s.sums.cost is not None else ""


def _period(_: Content, s: Sheet) -> str:
    first = min((m.starts_on or m.due_on or "" for m in s.steps if m.starts_on or m.due_on),
                default="")  # fmt: skip
    last = max((m.due_on for m in s.steps if m.due_on), default="")
    return f"du {day(first)} au {day(last)}" if first and last else ""


def _follow(_: Content, s: Sheet) -> str:
    return " ; ".join(
        f"{f.label} ({f.kind}), cible 2027 : {f.target_2027}, cible 2030 : {f.target_2030}"
        for f in s.follow
    )


def _lines(_: Content, s: Sheet) -> str:
    return " ; ".join(
        f"{x.funder}{f', {x.line}' if x.line else ''} : {x.amount_said} ({x.status})"
        for x in s.lines
        if x.status != "refusé"
    )


# Section, field, what the sheet answers: in the order of the form.
FIELDS: tuple[tuple[str, str, Read], ...] = (
    *(
        ("1. Identité de l’association", field, _unknown)
        for field in ("Nom et sigle", "SIRET", "RNA", "Siège social", "Représentant légal",
                      "Personne chargée de la demande")
    ),
    ("2. Relations avec l’administration", "Agréments, reconnaissance, impôts", _unknown),
    ("3. Relations avec d’autres associations", "Réseau, union ou fédération", _unknown),
    ("4. Moyens humains", "Bénévoles, salariés, adhérents", _unknown),
    ("5. Budget de l’association", "Budget prévisionnel de l’exercice", _unknown),
    ("6. Projet", "Intitulé", _of("title")),
    ("6. Projet", "Objectifs", _of("objective")),
    ("6. Projet", "À quel besoin cela répond", _of("finding")),
    ("6. Projet", "Description", _of("description")),
    ("6. Projet", "Bénéficiaires", _of("public")),
    ("6. Projet", "Nombre de bénéficiaires", _of("headcount")),
    ("6. Projet", "Territoire", lambda _, s: ", ".join(filter(None, (*s.zones, s.place)))),
    ("6. Projet", "Cadre : contrat de ville, axe",
     lambda content, s: ", ".join(filter(None, (content.contract, s.axis)))),
    ("6. Projet", "Moyens humains et matériels", _unknown),
    ("6. Projet", "Partenaires", lambda _, s: " ; ".join(s.partners)),
    ("6. Projet", "Égalité femmes-hommes", _of("equality")),
    ("6. Projet", "Participation des habitants", _of("participation")),
    ("6. Projet", "Dates ou période", _period),
    ("6. Projet", "Évaluation : indicateurs", _follow),
    ("6. Budget du projet", "Total des charges", _cost),
    ("6. Budget du projet", "Charges par compte (60 à 68, 86)", _unknown),
    ("6. Budget du projet", "Total des produits en vue", _sum("total")),
    ("6. Budget du projet", "dont acquis", _sum("secured")),
    ("6. Budget du projet", "Produits, par financeur", _lines),
    ("6. Budget du projet", "Montants non communiqués, hors de ces sommes",
     lambda _, s: str(s.sums.unknown)),
    ("7. Attestations", "Déclarations sur l’honneur, signature", _unknown),
    ("7. Attestations", "Subvention demandée, compte bancaire", _unknown),
)  # fmt: skip


def rows_of(content: Content, number: int) -> Iterator[Row]:
    """Give the fields of an action as rows of HEAD, in the order of the form."""
    sheet = next(s for s in content.sheets if s.number == number)
    for section, field, read in FIELDS:
        yield section, field, read(content, sheet) or TO_COMPLETE
