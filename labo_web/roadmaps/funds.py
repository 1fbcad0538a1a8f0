"""Who may ask which fund for what: a truth table that a jurist can read, and one function.

Nothing here is a right: rules and rates change every year, and the funder alone can say. Every
line is `to_check`, with the text in which to check it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from labo.estimate import Grade

Answer = Literal["yes", "no", "ask"]
YES, NO, ASK = "yes", "no", "ask"
SAID: Mapping[str, str] = {"yes": "oui", "no": "non", "ask": "à demander"}

# Who asks. Keys are those of `Organisation.Kind`, for those who may carry an action.
APPLICANTS = {
    "authority": "collectivité",
    "landlord": "bailleur",
    "association": "association",
}
EXPENSES = {
    "investment": "investissement",
    "operating": "fonctionnement",
    "study": "étude, ingénierie",
}
PLACES = {
    "qpv": "dans un QPV",
    "renewal": "dans une convention de renouvellement urbain (NPNRU)",
    "anywhere": "ailleurs",
}


@dataclass(frozen=True, kw_only=True)
class Fund:
    """A line of the table: one answer per applicant, per expense and per place.

    `most` is the highest share of the cost that practitioners quote, in words.
    """

    id: str
    label: str
    authority: Answer
    landlord: Answer
    association: Answer
    investment: Answer
    operating: Answer
    study: Answer
    qpv: Answer
    renewal: Answer
    anywhere: Answer
    most: str
    condition: str
    source: str
    grade: Grade = "to_check"


# fmt: off
FUNDS: tuple[Fund, ...] = (
    Fund(id="p147", label="Politique de la ville (BOP 147)",
         authority="yes", landlord="ask", association="yes",
         investment="no", operating="yes", study="ask",
         qpv="yes", renewal="yes", anywhere="ask",
         most="selon l’appel à projets", condition="Animation et médiation, jamais de travaux.",
         source="Appel à projets annuel de la préfecture ; circulaire du 31 août 2023"),
    Fund(id="fonds_vert", label="Fonds vert",
         authority="yes", landlord="ask", association="no",
         investment="yes", operating="no", study="yes",
         qpv="yes", renewal="yes", anywhere="yes",
         most="fixé par le préfet ; 80 % d’aides publiques au plus",
         condition="Renaturation : les bailleurs sociaux peuvent demander. Fenêtre annuelle.",
         source="Cahier d’accompagnement annuel de chaque mesure du Fonds vert"),
    Fund(id="anru", label="ANRU (NPNRU, Quartiers résilients)",
         authority="yes", landlord="yes", association="no",
         investment="yes", operating="no", study="yes",
         qpv="no", renewal="yes", anywhere="no",
         most="selon la convention", condition="Seulement ce que la convention prévoit.",
         source="Règlement général de l’ANRU relatif au NPNRU"),
    Fund(id="agence_eau", label="Agence de l’eau",
         authority="yes", landlord="yes", association="ask",
         investment="yes", operating="no", study="yes",
         qpv="yes", renewal="yes", anywhere="yes",
         most="40 à 70 %", condition="Il faut un volume d’eau de pluie déconnecté du réseau.",
         source="Douzième programme de l’agence (2025-2030), délibérations d’intervention"),
    Fund(id="ademe", label="ADEME",
         authority="yes", landlord="yes", association="yes",
         investment="ask", operating="no", study="yes",
         qpv="yes", renewal="yes", anywhere="yes",
         most="50 à 70 % d’une étude", condition="Études, chaleur renouvelable.",
         source="Système d’aides de l’ADEME, conditions d’éligibilité par dispositif"),
    Fund(id="banque_territoires", label="Banque des Territoires",
         authority="yes", landlord="yes", association="no",
         investment="ask", operating="no", study="yes",
         qpv="yes", renewal="yes", anywhere="yes",
         most="50 % de l’ingénierie", condition="Des prêts pour les travaux, qui se remboursent.",
         source="Offre de la Banque des Territoires (EduRénov, Aqua Prêt, ingénierie)"),
    Fund(id="feder", label="FEDER (programme régional)",
         authority="yes", landlord="yes", association="ask",
         investment="yes", operating="ask", study="ask",
         qpv="yes", renewal="yes", anywhere="ask",
         most="60 %", condition="Avance de trésorerie et contrôle lourd à prévoir.",
         source="Programme régional FEDER-FSE+ 2021-2027 et son document de mise en œuvre"),
    Fund(id="dpv", label="Dotation politique de la ville (DPV)",
         authority="yes", landlord="no", association="no",
         investment="yes", operating="ask", study="ask",
         qpv="yes", renewal="yes", anywhere="no",
         most="80 % d’aides publiques au plus",
         condition="Communes éligibles cette année-là seulement.",
         source="CGCT, art. L2334-40 et L2334-41"),
    Fund(id="dsil", label="Dotation de soutien à l’investissement local (DSIL)",
         authority="yes", landlord="no", association="no",
         investment="yes", operating="no", study="ask",
         qpv="yes", renewal="yes", anywhere="yes",
         most="80 % d’aides publiques au plus",
         condition="Priorités fixées par le préfet de région.",
         source="CGCT, art. L2334-42"),
    Fund(id="tfpb", label="Abattement de TFPB",
         authority="no", landlord="yes", association="no",
         investment="ask", operating="yes", study="no",
         qpv="yes", renewal="yes", anywhere="no",
         most="30 % de la base, selon la convention",
         condition="Par la convention d’utilisation, et en plus de la gestion ordinaire.",
         source="CGI, art. 1388 bis ; cadre national d’utilisation de l’abattement"),
    Fund(id="fph", label="Fonds de participation des habitants",
         authority="no", landlord="no", association="yes",
         investment="no", operating="yes", study="no",
         qpv="yes", renewal="yes", anywhere="no",
         most="petites sommes, selon le règlement local", condition="Porté par des habitants.",
         source="Règlement intérieur du fonds local"),
)
# fmt: on
BY_ID: Mapping[str, Fund] = {x.id: x for x in FUNDS}


@dataclass(frozen=True)
class Verdict:
    """Whether a fund may be asked, and the answers that make it so."""

    fund: Fund
    answer: Answer
    because: tuple[str, ...]


def eligible(fund: Fund, applicant: str, expense: str, place: str) -> Verdict:
    """Return whether a fund may be asked: « no » wins over « ask », which wins over « yes ».

    Args:
        fund: a line of FUNDS.
        applicant: of APPLICANTS; another one is to be asked.
        expense: of EXPENSES.
        place: of PLACES.
    """
    read: list[tuple[str, Answer]] = [
        (
            APPLICANTS.get(applicant, "autre porteur"),
            getattr(fund, applicant) if applicant in APPLICANTS else "ask",
        ),
        (EXPENSES[expense], getattr(fund, expense)),
        (PLACES[place], getattr(fund, place)),
    ]
    answers = {answer for _, answer in read}
    answer: Answer = "no" if NO in answers else "ask" if ASK in answers else "yes"
    because = tuple(f"{word} : {SAID[x]}" for word, x in read if x == answer)
    return Verdict(fund, answer, because)
