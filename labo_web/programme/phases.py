"""The ten phases of a programme, and what each must show before the next one: declared once.

Durations are what the people who run such programmes expect; none is a rule, all are to be checked.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A phase: its gate is passed when a body decides so, on a day and for a reason."""

    id: str
    number: int
    label: str
    short: str
    duration: str
    deliverable: str
    # What must be shown to the body that decides.
    gate: str

    @property
    def code(self) -> str:
        """As it is said: « P3 »."""
        return f"P{self.number}"


_DECLARED = (
    Phase(
        id="framing",
        number=0,
        label="Cadrage et convention",
        short="Cadrage",
        duration="1 à 2 mois",
        deliverable="note de cadrage, avec la clause data",
        gate="la convention est signée",
    ),
    Phase(
        id="acculturation",
        number=1,
        label="Acculturation",
        short="Acculturation",
        duration="1 à 3 mois",
        deliverable="registre des ateliers et leur évaluation",
        gate="au moins une Fresque avec les services et les élus, et une avec les habitants",
    ),
    Phase(
        id="data",
        number=2,
        label="Projet data",
        short="Data",
        duration="3 à 5 mois",
        deliverable="base de données et fiches des indicateurs",
        gate="la qualité des données a été revue",
    ),
    Phase(
        id="diagnosis",
        number=3,
        label="Diagnostic situé",
        short="Diagnostic",
        duration="2 à 4 mois, en même temps que le projet data",
        deliverable="cahier de diagnostic",
        gate="les contradictions entre les données et le terrain sont traitées",
    ),
    Phase(
        id="priorities",
        number=4,
        label="Hiérarchisation et restitution",
        short="Priorités",
        duration="1 mois",
        deliverable="vulnérabilités prioritaires",
        gate="le COTECH puis le COPIL ont validé",
    ),
    Phase(
        id="foresight",
        number=5,
        label="Journées prospectives",
        short="Prospective",
        duration="2 à 3 jours sur 2 mois",
        deliverable="solutions candidates",
        gate="chaque solution est portée par quelqu’un au moins",
    ),
    Phase(
        id="roadmap",
        number=6,
        label="Feuille de route",
        short="Feuille de route",
        duration="1 à 2 mois",
        deliverable="fiches action, budget, financeurs, indicateurs",
        gate="le COPIL a validé",
    ),
    Phase(
        id="contract",
        number=7,
        label="Intégration au contrat de ville",
        short="Contrat",
        duration="selon le calendrier du contrat",
        deliverable="volet, annexe ou avenant",
        gate="les signataires ont signé",
    ),
    Phase(
        id="follow_up",
        number=8,
        label="Suivi et évaluation",
        short="Suivi",
        duration="chaque année, puis en 2027 et en 2030",
        deliverable="revue annuelle, avenants",
        gate="le bilan annuel est fait",
    ),
    Phase(
        id="capitalising",
        number=9,
        label="Capitalisation inter-régionale",
        short="Capitalisation",
        duration="à la fin",
        deliverable="comparaison, guide, données ouvertes",
        gate="la rencontre inter-régionale a eu lieu",
    ),
)
PHASES: dict[str, Phase] = {x.id: x for x in _DECLARED}
CHOICES = [(x.id, f"{x.code} · {x.label}") for x in _DECLARED]
