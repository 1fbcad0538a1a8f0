"""The note for ANRU « Quartiers résilients »: one neighbourhood after the other, three pillars."""

from __future__ import annotations

from docx.document import Document

from labo import catalogue as _catalogue  # noqa: F401 (declares the measures)
from labo.measure import MEASURES
from labo_web.documents import word
from labo_web.documents.facts import Facts
from labo_web.documents.texts import cleaned
from labo_web.releases import reading
from labo_web.releases.models import Zone
from labo_web.roadmaps.content import Content, Sheet

# The three pillars of the programme, and the families of measures that fall in each.
PILLARS = {
    "Cadre de vie : habitat, aménagement, énergie": (
        *("shade", "soil", "water", "buildings", "energy", "mobility"),
    ),
    "Développement local": (),
    "Cohésion sociale": ("places", "care"),
}
UNSORTED = "À classer par l’équipe : action sans solution du catalogue"


def pillar_of(measure: str) -> str:
    """Return the pillar of an action by the measure that it starts from."""
    family = next((x.family for x in MEASURES if x.id == measure), "")
    return next((name for name, families in PILLARS.items() if family in families), UNSORTED)


def note_of(content: Content, facts: Facts, measures: dict[int, str]) -> bytes:
    """Return the note as DOCX; `measures` are those of the actions by number."""
    address = facts.address()
    shown = [r for z in facts.qpvs for r in facts.of(z.code)]
    edition = cleaned(facts.edition(address, shown))
    page = word.new(edition, f"Quartiers résilients : {facts.release.territory.name}")
    page.add_paragraph(
        "Diagnostic de vulnérabilité et actions, à compléter avec la grille d’analyse de l’ANRU. "
        "Les figures sont celles de la livraison dite en pied de page ; les sommes, celles de la "
        "feuille de route."
    )
    concerned = [z for z in facts.qpvs if z.npnru] or facts.qpvs
    if not any(z.npnru for z in facts.qpvs):
        page.add_paragraph(
            "Aucun quartier n’est dit en renouvellement urbain dans cette livraison : tous sont "
            "repris ci-dessous."
        )
    for zone in concerned:
        _neighbourhood(page, content, facts, zone, measures)
    page.add_heading("Ensemble", 1)
    page.add_paragraph(_money(content))
    word.add_sources(page, edition)
    return word.saved(page, edition.day)


def _neighbourhood(
    page: Document, content: Content, facts: Facts, zone: Zone, measures: dict[int, str]
) -> None:
    name = cleaned(zone.name)
    page.add_heading(name, 1)
    if zone.npnru:
        page.add_paragraph(f"Renouvellement urbain : {cleaned(zone.npnru)}.")
    page.add_heading("À quoi le quartier est exposé", 2)
    found = reading.findings(facts.of(zone.code))
    lines = [f"{r.sentence} ({r.span}) : {r.verdict}." for r in found]
    word.add_list(page, map(cleaned, lines or ["Aucun écart sûr avec l’agglomération."]))
    here = [
        s for s in content.sheets
        if s.level_key != "abandoned" and (zone.code in s.codes or not s.codes)
    ]  # fmt: skip
    for pillar in (*PILLARS, UNSORTED):
        own = [s for s in here if pillar_of(measures.get(s.number, "")) == pillar]
        if not own and pillar == UNSORTED:
            continue
        page.add_heading(pillar, 2)
        word.add_list(page, map(cleaned, map(_line, own)) if own else ["Aucune action."])


def _line(s: Sheet) -> str:
    where = "" if s.codes else " (toute l’agglomération)"
    return (
        f"A-{s.number} {s.title}{where} : {s.level}, {s.progress}. Coût {s.sums.said['cost']}, "
        f"acquis {s.sums.said['secured']}."
    )


def _money(content: Content) -> str:
    said = content.sums.said
    return (
        f"Coût connu {said['cost']} ; financements en vue {said['total']}, dont acquis "
        f"{said['secured']} ; droit commun {said['ordinary']} ; crédits spécifiques "
        f"{said['specific']}."
    )
