"""What whoever signed in can do here, territory by territory: where one lands after signing in."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labo_web.accounts.access import (
    is_facilitator,
    is_team,
    may_decide,
    roles_of,
    signed_in,
)
from labo_web.accounts.models import Person, Role, Territory
from labo_web.atlas.answers import closed
from labo_web.programme.models import Membership, Programme
from labo_web.releases.access import latest_for
from labo_web.releases.gate import answers_until, restitution_of
from labo_web.releases.models import Brief, Release
from labo_web.roadmaps.access import entry_of
from labo_web.stories.models import Story


@dataclass(frozen=True)
class Task:
    """Something that can be done: what, where, and how it stands."""

    label: str
    address: str
    said: str = ""


@dataclass(frozen=True)
class Here:
    """A territory with what one is in it and what one can do."""

    territory: Territory
    roles: list[str]
    release: Release | None
    tasks: list[Task]


@require_safe
@never_cache
@login_required
def welcome(request: HttpRequest) -> HttpResponse:
    """Tell one's roles and what they let one do, the nearest thing to do first."""
    person = signed_in(request)
    latest = {r.territory_id: r for r in latest_for(request)}
    territories = _territories(request, latest)
    members = _members(territories)
    places = [
        _here(request, person, t, latest.get(t.pk), members.get(t.pk, [])) for t in territories
    ]
    context = {
        "person": person,
        "places": places,
        "facilitator": is_facilitator(request),
        "programmes": Programme.objects.all() if is_facilitator(request) else [],
        "elsewhere": len(latest.keys() - {place.territory.pk for place in places}),
    }
    return render(request, "atlas/welcome.html", context)


def _territories(request: HttpRequest, latest: dict[int, Release]) -> list[Territory]:
    """Return the territories where whoever asks has a role, or whose release they may answer."""
    if is_facilitator(request):
        return list(Territory.objects.all())
    mine = {r.territory_id for r in roles_of(request) if r.territory_id is not None}
    body = signed_in(request).organisation
    if body is not None:
        mine |= {r.territory_id for r in latest.values() if r.asked.filter(organisation=body)}
    return list(Territory.objects.filter(pk__in=mine))


def _members(territories: list[Territory]) -> dict[int, list[Membership]]:
    """Return the programmes that territories are in."""
    found: dict[int, list[Membership]] = {}
    rows = Membership.objects.current().filter(territory__in=territories)
    for row in rows.select_related("programme"):
        found.setdefault(row.territory_id, []).append(row)
    return found


def _here(
    request: HttpRequest,
    person: Person,
    territory: Territory,
    release: Release | None,
    members: list[Membership],
) -> Here:
    roles: list[Role] = [r for r in roles_of(request) if r.territory_id in (None, territory.pk)]
    tasks: list[Task] = []
    if release is not None:
        tasks += _answering(person, release)
    if entry := entry_of(request, territory):
        begun = "Commencer" if entry == "start_roadmap" else "Ouvrir"
        tasks.append(Task(f"{begun} la feuille de route", reverse(entry, args=[territory.code])))
    if is_team(request, territory):
        tasks += [
            Task(
                "Suivre ce territoire dans le programme",
                reverse("member", args=[m.programme.code, territory.code]),
                f"{m.programme} : dates, jalons, livrables, fichiers de partenaires.",
            )
            for m in members
        ]
    if roles:
        tasks += [
            Task(
                "Suivre tous les territoires du programme sur une page",
                reverse("follow_programme", args=[m.programme.code]),
                "Étapes, livrables, participation, doutes.",
            )
            for m in members
        ]
    if may_decide(request, territory):
        tasks += _deciding(territory, release)
    if is_team(request, territory):
        tasks += _telling(territory)
    if release is not None:
        tasks += _reading(territory, release, team=is_team(request, territory))
    return Here(territory, [r.label for r in roles], release, tasks)


def _answering(person: Person, release: Release) -> list[Task]:
    body = person.organisation
    if body is None or not release.asked.filter(organisation=body).exists():
        return []
    held_on = restitution_of(release)
    said = closed(release, body)
    if not said and held_on is not None:
        said = f"Jusqu’au {answers_until(held_on):%d/%m/%Y} inclus."
    return [Task(f"Répondre au nom de {body}", reverse("answer", args=[release.code]), said)]


def _deciding(territory: Territory, release: Release | None) -> list[Task]:
    tasks = []
    if release is not None:
        zones = release.zones.filter(kind__in=("qpv", "perimeter")).values_list("code", flat=True)
        written = Brief.objects.filter(territory=territory, published=True, zone__in=zones)
        done = len(set(written.values_list("zone", flat=True)))
        waiting = release.agreements.filter(agreed_on=None).count()
        tasks = [
            Task(
                "Écrire ce qui compte dans un quartier",
                reverse("territory", args=[territory.code]) + "#quartiers",
                f"Trois constats, trois doutes, trois ressources. Publié : {done} sur {len(zones)}."
                " Le bouton est sous « En bref », sur la page du quartier.",
            ),
            Task(
                "Ouvrir la livraison à un cercle de plus",
                reverse("release", args=[release.code]),
                f"Aujourd’hui ouverte à : {release.circle_label}.",
            ),
            Task(
                "Noter l’accord d’un bailleur",
                reverse("agreements", args=[release.code]),
                f"{waiting} attendu{'s' if waiting > 1 else ''}." if waiting else "",
            ),
        ]
        tasks += [
            Task(
                "Relire les ressources proposées",
                reverse("moderate_resources", args=[territory.code]),
            ),
            Task(
                "Préparer une rencontre, ou la suivre",
                reverse("territory_events", args=[territory.code]),
                "Questions, inscriptions, jour même, bilan.",
            ),
            Task(
                "Consigner une Fresque, ou une rencontre, déjà tenue",
                reverse("log_event", args=[territory.code]),
                "Une page : qui, où, quelles questions et intentions sont venues.",
            ),
        ]
    pending = territory.invitations.count()
    tasks.append(
        Task(
            "Inviter quelqu’un, donner ou retirer un rôle",
            reverse("territory_people", args=[territory.code]),
            f"{pending} invitation{'s' if pending > 1 else ''} en attente." if pending else "",
        )
    )
    return tasks


def _telling(territory: Territory) -> list[Task]:
    waiting = Story.objects.filter(territory=territory, state=Story.State.REVIEW).count()
    many = "s" if waiting > 1 else ""
    return [
        Task(
            "Écrire ou relire un récit",
            reverse("stories", args=[territory.code]),
            f"{waiting} récit{many} à relire." if waiting else "Texte, photo, son, vidéo, parole.",
        ),
        Task(
            "Enregistrer l’accord d’une personne",
            reverse("consents", args=[territory.code]),
            "Avant de montrer ou de citer qui que ce soit.",
        ),
    ]


def _reading(territory: Territory, release: Release, *, team: bool) -> list[Task]:
    more = " Vous voyez aussi les chiffres par carreau et ceux qui attendent un accord."
    return [
        Task(
            "Lire les quartiers",
            reverse("territory", args=[territory.code]),
            f"Livraison ouverte à : {release.circle_label}.{more if team else ''}",
        ),
        Task(
            "Ajouter une ressource du quartier",
            reverse("add_resource", args=[territory.code]),
            "Un lieu, une association, un savoir-faire.",
        ),
        Task(
            "Lire ce qu’on entend, et ce que cela devient",
            reverse("territory_heard", args=[territory.code]),
        ),
        Task(
            "Voir quels quartiers restent parmi les plus exposés",
            reverse("indices", args=[territory.code]),
            "Sur chaque sujet : une raison par quartier, et ce qui pourrait changer.",
        ),
        Task(
            "Lire la note aux élus",
            f"{reverse('territory_note', args=[territory.code, 'pdf'])}?livraison={release.code}",
            "Deux pages, en PDF.",
        ),
        Task("Comparer", f"{reverse('comparison')}?territoire={territory.code}"),
        Task(
            "Prendre une fiche, une note ou les données",
            reverse("data", args=[territory.code]),
            "Les fiches sont au bas de la page de chaque quartier.",
        ),
    ]
