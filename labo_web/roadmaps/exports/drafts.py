"""Drafts that somebody completes and signs: rider and deliberation, annual report, handover.

They hold what the roadmap says and leave the law to whoever signs: no text is cited in their place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from docx.document import Document

from labo_web.documents import word
from labo_web.documents.facts import Edition
from labo_web.documents.texts import Exact, cleaned
from labo_web.roadmaps.content import Content, Sheet
from labo_web.roadmaps.exports.said import day
from labo_web.roadmaps.following import Followed
from labo_web.roadmaps.models import Level

TO_COMPLETE = "[À compléter : visas, date, signataires. Projet à relire par le service juridique.]"
COMMITTED = ("engaged", "under_way", "done")


def _page(content: Content, title: str) -> Document:
    on = dt.date.fromisoformat(content.on)
    edition = Edition(
        territory=content.territory, release="", day=on, date=day(content.on),
        foot=f"{content.title}, état au {day(content.on)}",
        warning="Données fictives : ce territoire est inventé." if content.fictive else "",
        attribution="", licence="", address=Exact(""), sources=(),
    )  # fmt: skip
    return word.new(cleaned(edition), cleaned(title))


def _saved(page: Document, content: Content) -> bytes:
    return word.saved(page, dt.date.fromisoformat(content.on))


def _list(page: Document, lines: Sequence[str], empty: str) -> None:
    word.add_list(page, [cleaned(x) for x in lines] or [empty])


def _sheet(s: Sheet) -> str:
    said = s.sums.said
    return (
        f"A-{s.number} {s.title} ({', '.join(s.zones)}) : {s.level}. Pilote : "
        f"{s.pilot or 'à désigner'}. Coût {said['cost']}, financements en vue {said['total']}, "
        f"acquis {said['secured']}."
    )


def _money(page: Document, content: Content) -> None:
    said = content.sums.said
    page.add_paragraph(
        f"Coût connu {said['cost']} ; financements en vue {said['total']}, dont acquis "
        f"{said['secured']} ; droit commun {said['ordinary']} ; crédits spécifiques "
        f"{said['specific']}. Montants non communiqués, hors de ces sommes : "
        f"{content.sums.unknown}."
    )


def since(before: Mapping[str, Any] | None, content: Content) -> list[str]:
    """Return what changed since a frozen version, in sentences; all of it where there is none."""
    old = {x["number"]: x for x in (before or {}).get("sheets", ())}
    found = []
    for s in content.sheets:
        was = old.get(s.number)
        if was is None:
            found.append(f"Nouvelle : {_sheet(s)}")
            continue
        moved = []
        if was["level"] != s.level:
            moved.append(f"maturité « {was['level']} » → « {s.level} »")
        for key, label in (("cost", "coût"), ("secured", "acquis")):
            past, now = was["sums"]["said"][key], s.sums.said[key]
            if past != now:
                moved.append(f"{label} {past} → {now}")
        if moved:
            found.append(f"A-{s.number} {s.title} : {' ; '.join(moved)}.")
    return found


def rider_of(content: Content, before: Mapping[str, Any] | None, of: str) -> bytes:
    """Return the draft of a rider and its deliberation; `of` names the version it follows."""
    page = _page(content, "Projet d’avenant au contrat de ville, et de délibération")
    page.add_paragraph(TO_COMPLETE)
    page.add_paragraph(cleaned(content.contract))
    page.add_heading("Objet", 1)
    page.add_paragraph(cleaned(f"Mettre à jour les actions de « {content.title} » depuis : {of}."))
    page.add_heading("Ce qui change", 1)
    _list(page, since(before, content), "Rien n’a changé.")
    page.add_heading("Actions engagées", 1)
    own = [_sheet(s) for s in content.sheets if s.level_key in COMMITTED]
    _list(page, own, "Aucune action n’est engagée.")
    page.add_heading("Financement", 1)
    _money(page, content)
    page.add_heading("Il est proposé au conseil", 1)
    _list(
        page,
        [
            "d’approuver les actions ci-dessus et leur plan de financement prévisionnel ;",
            "d’autoriser la signature de l’avenant ;",
            "de suivre chaque année leurs indicateurs.",
        ],
        "",
    )
    page.add_paragraph(TO_COMPLETE)
    return _saved(page, content)


def report_of(
    content: Content, year: int, explained: Sequence[str], decided: Sequence[str]
) -> bytes:
    """Return the draft of the council's annual report on the roadmap.

    Args:
        content: the roadmap.
        year: the one it is about.
        explained: an indicator each, with target, value and explanation.
        decided: the decisions of that year.
    """
    page = _page(content, f"Rapport annuel {year} : {content.title}")
    page.add_paragraph("Projet à compléter par le service, puis à débattre par le conseil.")
    page.add_heading("Où en sont les actions", 1)
    _list(
        page,
        [f"{_sheet(s)} {s.progress.capitalize()}." for s in content.sheets
         if s.level_key != "abandoned"],
        "Aucune action.",
    )  # fmt: skip
    page.add_heading("Décisions de l’année", 1)
    _list(page, decided, "Aucune décision cette année-là.")
    page.add_heading("Indicateurs : cible, valeur, explication", 1)
    _list(page, explained, "Aucun indicateur n’est suivi.")
    page.add_heading("Financement", 1)
    _money(page, content)
    page.add_heading("Idées non retenues", 1)
    refused = [f"{s.title}. {_refusal(s)}" for s in content.sheets
               if s.level_key == "abandoned"]  # fmt: skip
    _list(page, refused, "Aucune.")
    return _saved(page, content)


def _refusal(s: Sheet) -> str:
    """Return the decision that ended an idea, which its publication may follow."""
    ended = f"→ {Level.ABANDONED.label}"
    return next((d for d in reversed(s.decisions) if ended in d), "")


def handover_of(content: Content, found: Followed, problems: Sequence[str]) -> bytes:
    """Return the note for whoever takes over: what is under way, late, promised, unfinished."""
    page = _page(content, f"Note de passation : {content.title}")
    page.add_paragraph(
        "Pour une personne ou un élu qui arrive. Tout est calculé à partir des fiches ; les "
        "contacts se demandent aux organismes."
    )
    page.add_heading("À faire tout de suite", 1)
    late = [
        f"En retard de {d.days} jours : « {d.step} », {d.action}"
        + (f", {d.step.organisation}." if d.step.organisation else ".")
        for d in found.late
    ]
    soon = [f"Avant le {d.step.due_on:%d/%m/%Y} : « {d.step} », {d.action}." for d in found.soon]
    _list(page, [*late, *soon], "Rien d’urgent.")
    page.add_heading("Ce qui est promis aux habitants", 1)
    told = [s for s in content.sheets if s.published]
    kept = [_sheet(s) for s in told if s.level_key != "abandoned"]
    _list(page, kept, "Rien n’est publié.")
    page.add_heading("Ce qui leur a été refusé, avec la raison", 1)
    refused = [f"A-{s.number} {s.title}. {_refusal(s)}" for s in told if s.level_key == "abandoned"]
    _list(page, refused, "Rien.")
    page.add_heading("Priorités déclarées", 1)
    _list(page, content.priorities, "Aucune.")
    page.add_heading("Argent", 1)
    _money(page, content)
    asked = [
        f"A-{s.number} : {x.funder}, {x.amount_said}, {x.status}"
        for s in content.sheets
        for x in s.lines
        if x.status in ("sollicité", "à solliciter") and s.level_key != "abandoned"
    ]
    page.add_heading("Financements à obtenir", 2)
    _list(page, asked, "Aucun.")
    page.add_heading("À revoir dans les fiches", 1)
    _list(page, problems, "Rien.")
    page.add_heading("Indicateurs à relever", 1)
    _list(page, [f"{c.tracked.label}, {c.tracked.action}." for c in found.stale], "Aucun.")
    page.add_heading("Qui fait quoi", 1)
    partners = sorted({f"A-{s.number} : {p}" for s in content.sheets for p in s.partners})
    _list(page, partners, "Aucun partenaire n’est dit.")
    return _saved(page, content)
