"""The report to funders: days, events, participation, deliverables, what changed; DOCX and PDF.

It is made of the rows of the cockpit: no figure is typed, and what is not known is said so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import date as in_words
from django.utils import timezone
from django.views.decorators.http import require_safe

from labo_web.documents.answer import file_of
from labo_web.documents.blocks import (
    MAKERS,
    Block,
    Blocks,
    bullets,
    heading,
    plain_edition,
    table,
    text,
)
from labo_web.programme import cohort
from labo_web.programme.access import get_programme_to_run
from labo_web.programme.models import Convention, Programme, Statement, SupportDay
from labo_web.programme.progress import Progress
from labo_web.programme.views import COSTS, current_said

UNKNOWN = "non communiqué"


@require_safe
def funders_report(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """The report, as PDF or DOCX."""
    here = get_programme_to_run(request, code)
    made = MAKERS[kind](report_of(here, timezone.localdate()))
    return file_of(made, f"rapport-{here.code}", kind)


def report_of(programme: Programme, today: dt.date) -> Blocks:
    """Return the report of a programme on a day."""
    found = cohort.read(programme, today)
    title = f"Rapport aux financeurs : {programme.title}"
    day = in_words(today, "j F Y")
    warning = "Données fictives : ce programme est inventé." if programme.fictive else ""
    edition = plain_edition(programme.title, f"{programme.title}, état au {day}", today, warning)
    blocks: list[Block] = [
        text(
            f"État au {day}. Programme du {in_words(programme.starts_on, 'j F Y')} au "
            f"{in_words(programme.ends_on, 'j F Y')}, animé par "
            f"{programme.organisation or UNKNOWN}. Tout ce qui suit vient du site ; ce qui n’y est "
            "pas est dit manquant, et n’est jamais zéro."
        ),
        heading("Les territoires"),
        table(
            ("Territoire", "Entrée, sortie", "Étape en cours", "Jalons franchis", "En retard"),
            [_row(p) for p in found.by_name] or [("Aucun", "", "", "", "")],
        ),
        *_left(found.left),
        *_support(programme),
        *_participation(found),
        heading("Livrables"),
    ]
    for p in found.by_name:
        lines = [f"{d.deliverable.title} : {d.said}." for d in p.deliveries]
        blocks += [
            heading(p.membership.territory.name, 2),
            text(f"{p.delivered} sur {len(lines)}.")
            if lines
            else text("Aucun livrable n’est dit."),
        ]
        blocks += [bullets(lines)] if lines else []
    blocks += _changed(programme)
    blocks += [
        heading("Repères de coût"),
        text("Publiés par d’autres, à vérifier avant de les reprendre."),
        bullets([f"{what} : {said}. Source : {source}." for what, said, source in COSTS]),
    ]
    return Blocks(edition, title, tuple(blocks))


def _row(p: Progress) -> tuple[str, ...]:
    m = p.membership
    moved = f"entré le {in_words(m.joined_on, 'j F Y')}"
    if m.left_on:
        moved += f", sorti le {in_words(m.left_on, 'j F Y')}"
    late = p.late[0].said if p.late else "rien"
    if len(p.late) > 1:
        late += f" (et {len(p.late) - 1} de plus)"
    return (
        m.territory.name, moved, current_said(p) or "toutes passées",
        f"{p.passed} sur {len(p.phases)}", late,
    )  # fmt: skip


def _left(left: Sequence[Progress]) -> list[Block]:
    lines = [f"{p.membership.territory} : {p.membership.left_because}" for p in left]
    return [heading("Pourquoi des territoires sont sortis", 2), bullets(lines)] if lines else []


def _support(programme: Programme) -> list[Block]:
    """Return conventions, and days planned and given by territory and kind."""
    conventions = Convention.objects.filter(membership__programme=programme)
    signed = [
        f"{c.membership.territory} : {c.reference}, du {in_words(c.signed_on, 'j F Y')} au "
        f"{in_words(c.expires_on, 'j F Y')}."
        for c in conventions.select_related("membership__territory")
    ]
    sums: dict[tuple[str, str, str], list[Decimal]] = {}
    rows = SupportDay.objects.filter(membership__programme=programme).select_related(
        "membership__territory", "organisation"
    )
    for d in rows:
        key = (d.membership.territory.name, d.get_kind_display(), d.organisation.name)
        planned, given = sums.setdefault(key, [Decimal(0), Decimal(0)])
        sums[key] = [planned + d.days, given + (d.days if d.given_on else Decimal(0))]
    blocks = [
        heading("Accompagnement"),
        bullets(signed) if signed else text("Aucune convention n’est notée."),
    ]
    if not sums:
        return [*blocks, text("Aucun jour d’accompagnement n’est noté.")]
    given_in_all = sum((given for _, given in sums.values()), Decimal(0))
    planned_in_all = sum((planned for planned, _ in sums.values()), Decimal(0))
    return [
        *blocks,
        text(f"{_days(given_in_all)} jours donnés sur {_days(planned_in_all)} prévus."),
        table(
            ("Territoire", "Pour quoi", "Par qui", "Prévus", "Donnés"),
            [
                (*key, _days(planned), _days(given))
                for key, (planned, given) in sorted(sums.items())
            ],
        ),
    ]


def _days(value: Decimal) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".").replace(".", ",")


def _participation(found: cohort.Cohort) -> list[Block]:
    total = UNKNOWN if found.present is None else str(found.present)
    rows = [
        (
            p.membership.territory.name, str(p.held),
            "pas publié" if p.facts.present is None else str(p.facts.present), str(p.resources),
        )
        for p in found.by_name
    ]  # fmt: skip
    return [
        heading("Rencontres et participation"),
        text(
            f"{found.events} rencontres tenues ; présences publiées : {total}. Un compte n’est "
            "publié qu’à partir de onze personnes, plusieurs rencontres ensemble ; une personne "
            "venue deux fois compte deux fois."
        ),
        table(
            ("Territoire", "Rencontres", "Présences publiées", "Ressources publiées"),
            rows or [("Aucun", "", "", "")],
        ),
    ]


def _changed(programme: Programme) -> list[Block]:
    rows = Statement.objects.filter(membership__programme=programme, withdrawn_on=None)
    lines = [
        f"{s.text} ({s.organisation}, {s.membership.territory}, "
        f"{in_words(s.stated_on, 'j F Y')}. Pièce : {s.evidence})"
        for s in rows.select_related("organisation", "membership__territory")
    ]
    return [
        heading("Ce que le programme a changé, selon ceux qui le disent"),
        text("Des déclarations, avec leur pièce et leur date ; rien n’en est déduit."),
        bullets(lines) if lines else text("Personne n’a encore rien déclaré."),
    ]
