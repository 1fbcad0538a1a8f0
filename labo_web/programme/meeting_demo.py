"""An invented meeting of the fictive programme, its proceedings, sessions and lessons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from labo.diagnosis import PRESENT
from labo_web.accounts.models import Organisation, Person, Territory
from labo_web.programme import demo_sessions, proceedings
from labo_web.programme.meeting_access import members_of
from labo_web.programme.models import (
    Brought,
    Contact,
    Lesson,
    LessonOpening,
    Meeting,
    Note,
    NoteReading,
    Programme,
    Slot,
)
from labo_web.releases.models import Release, Value
from labo_web.roadmaps.models import Action
from labo_web.roadmaps.models.sheet import COMMITTED
from labo_web.workshops.models import Event

DAYS_AGO = 12
# Tried in this order in each release: each territory brings another one where it can.
FINDINGS = (
    ("surface_temperature_anomaly", "La chaleur du sol suit les cours de parking et les toits."),
    ("poverty_share", "Là où l’on a le moins d’argent, on a aussi le moins d’arbres à sa porte."),
    ("aged_65_plus_share", "Les personnes âgées vivent surtout dans les immeubles sans ascenseur."),
    ("canopy_share", "Les arbres sont là, mais pas sur les trajets de tous les jours."),
)
DOUBTS = (
    "Nos chiffres de revenu sont en partie reconstruits : dans deux rues, on ne sait pas.",
    "Personne n’a mesuré la chaleur dans les logements : on parle du sol et pas des chambres.",
    "Un seul quartier, donc aucun classement chez nous : on se compare à l’agglomération.",
    (
        "Ce que disent les habitants de la salle fraîche contredit la carte, et nous n’avons pas "
        "encore tranché."
    ),
)
SOLUTIONS = (
    ("plant_trees", "Planter d’abord sur le trajet de l’école, et payer l’arrosage trois ans."),
    ("cool_places_in_august", "Une salle fraîche ouverte en août, tenue par la régie de quartier."),
    ("open_schoolyard_in_summer", "Ouvrir une cour d’école le samedi, avec deux gardiens."),
    ("home_visits", "Un numéro d’escalier pour les jours chauds : qui passe voir qui."),
)
STORIES = (
    ("La clé de la bibliothèque", ("Tout le monde savait que la salle était fraîche. Personne "
     "n’avait la clé en août. Il a fallu trois réunions pour une clé.")),
    ("Le banc déplacé", ("On a déplacé un banc de quatre mètres, à l’ombre. C’est la seule chose "
     "que tout le monde a vue cette année-là.")),
    ("La cour du samedi", ("Au début, deux familles. Puis quelqu’un a apporté une table. À la fin "
     "de l’été on ne comptait plus.")),
    ("Le thermomètre de l’escalier", ("Il était accroché au troisième étage. Les enfants venaient "
     "lire le chiffre avant d’aller dormir.")),
)  # fmt: skip
NOTES: tuple[tuple[str, str, str, str], ...] = (
    ("decided", "Chaque territoire publie la liste de ses salles fraîches ouvertes en août.",
     "Centre de ressources (fictif)", "shown"),
    ("decided", "Une séance courte est essayée dans chaque territoire avant l’été.",
     "Agglomération (fictive)", "shown"),
    ("said", "Le plus long n’est pas de planter, c’est de savoir qui arrose.", "", "shown"),
    ("said", "Un chiffre avec son doute est mieux reçu qu’un chiffre seul.", "", "shown"),
    ("disagreed", ("Pour deux territoires, comparer les quartiers entre villes n’a pas de sens ; "
     "pour un autre, c’est ce qui a convaincu les élus."), "", "shown"),
    ("question", "Qui paie l’entretien après la fin du programme ?", "", "shown"),
    ("said", "Note qui désigne quelqu’un : écartée pour l’exemple.", "", "withheld"),
)  # fmt: skip
LESSONS: tuple[tuple[str, str, str, str, str, str, bool], ...] = (
    ("short", "worked", "À la sortie de l’école, on reste vingt minutes, pas trois heures",
     ("La Fresque du soir avait réuni peu de parents. Une séance courte devant l’école, à "
     "la même saison, en a gardé bien plus."), "De l’ombre, de l’eau, et finir à l’heure dite.",
     "Les deux fiches de séance, présences comptées à la main.", True),
    ("fresque", "mixed", "La Fresque parle surtout à ceux qui connaissent déjà le sujet",
     ("Les services en sont sortis avec des questions précises. Les habitants ont dit : « et "
     "chez nous ? »."), "La faire suivre d’une carte de faits du quartier.",
     "Questions et intentions relevées sur les fiches.", True),
    ("data", "failed", "Demander des données de santé sans convention n’a rien donné",
     "Trois courriers sans réponse. Le temps passé a manqué à l’enquête de terrain.",
     "Commencer par la clause data, signée, avec un nom de service et une date.",
     "Dates des courriers, dans l’inventaire du projet data.", True),
    ("walk", "worked", "Marcher deux fois, l’après-midi et le soir, change la carte",
     "Les arrêts bien notés à 16 h ne sont pas ceux du soir.", "Le même parcours, la même grille.",
     "Les grilles des deux marches.", False),
)  # fmt: skip


@transaction.atomic
def write(programme: Programme, by: Person) -> Meeting:
    """Write the meeting, publish its proceedings, hold sessions in two territories, draw lessons.

    Everything is said to be fictive; the figures are read in releases that are.
    """
    members = [t for t in members_of(programme) if _release(t) is not None]
    meeting = _meeting(programme, members)
    for n, territory in enumerate(members):
        _bring(meeting, territory, n, by)
    _notes(meeting, by)
    proceedings.publish(meeting, "", by)
    for territory in members[:2]:
        demo_sessions.recent(territory)
    _lessons(programme, members, by)
    for territory in members[:1]:
        Contact.objects.create(
            person=by, territory=territory, about="Organiser une rencontre entre territoires",
            reach=by.email,
        )  # fmt: skip
    return meeting


def _release(territory: Territory) -> Release | None:
    rows = Release.objects.filter(territory=territory, fictive=True)
    return rows.order_by("-generation", "-pk").first()


def _meeting(programme: Programme, members: Sequence[Territory]) -> Meeting:
    event = Event.objects.create(
        territory=members[0], kind=Event.Kind.GATHERING, state=Event.State.ANNOUNCED,
        title="Rencontre inter-régionale : du diagnostic aux solutions (fictive)",
        purpose="Se montrer ce qui marche, ce qui ne marche pas, et ce dont on doute.",
        holder=programme.organisation,
        starts_at=demo_sessions.at(-DAYS_AGO, 9), ends_at=demo_sessions.at(-DAYS_AGO, 17),
        place="Salle des fêtes (inventée)", accessibility="De plain-pied, boucle magnétique.",
        childcare="Sur demande.", languages="Français.", level=Event.Level.BUILD,
        negotiable="Ce que les territoires font ensemble l’année prochaine",
        settled="Le budget du programme", capacity=80, fictive=True,
    )  # fmt: skip
    meeting = Meeting.objects.create(programme=programme, event=event)
    turns: list[dict[str, Any]] = [
        {"title": f"Constat, doute, solution, récit : {t}", "minutes": 150 // len(members),
         "territory": t, "who": "équipe du territoire"}
        for t in members
    ]  # fmt: skip
    spent = 30 + sum(x["minutes"] for x in turns)
    slots: list[dict[str, Any]] = [
        {"title": "Accueil et règles", "minutes": 30, "who": "centre de ressources"},
        *turns,
        {"title": "Ce qui revient d’un territoire à l’autre", "minutes": 210 - spent,
         "who": "toute la salle"},
        {"title": "Repas", "minutes": 75, "fixed_at": dt.time(12, 30)},
        {"title": "Ateliers : une solution, trois territoires", "minutes": 105,
         "who": "tables de huit, tirées au sort"},
        {"title": "Désaccords, relus à voix haute", "minutes": 30, "who": "personnes qui animent"},
        {"title": "Ce que l’on décide ensemble", "minutes": 45, "who": "élus et services"},
        {"title": "Avant de partir", "minutes": 15, "who": "centre de ressources"},
    ]  # fmt: skip
    Slot.objects.bulk_create(
        Slot(meeting=meeting, position=i, **slot) for i, slot in enumerate(slots, start=1)
    )
    return meeting


def _bring(meeting: Meeting, territory: Territory, n: int, by: Person) -> None:
    release = _release(territory)
    order = [*FINDINGS[n % len(FINDINGS) :], *FINDINGS[: n % len(FINDINGS)]]
    found: tuple[str, str, str] | None = None
    for indicator, says in order:
        value = (
            Value.objects.filter(
                zone__release=release, zone__kind="qpv", indicator__name=indicator,
                scenario=PRESENT, central__isnull=False,
            )
            .order_by("zone__code")
            .select_related("zone")
            .first()
        )  # fmt: skip
        if value is not None:
            found = value.zone.code, indicator, says
            break
    action = (
        Action.objects.public()
        .filter(roadmap__territory=territory, level__in=COMMITTED)
        .order_by("number")
        .first()
    )
    measure, solution = SOLUTIONS[n % len(SOLUTIONS)]
    title, story = STORIES[n % len(STORIES)]
    zone, indicator, says = found or ("", "", "")
    Brought.objects.create(
        meeting=meeting, territory=territory, version=1,
        release=release if found else None, zone=zone, indicator=indicator, finding=says,
        doubt=DOUBTS[n % len(DOUBTS)], action=action,
        measure="" if action or not proceedings.is_measure(measure) else measure,
        solution=solution, story_title=title, story=story, signature=by.sign(),
        organisation=by.organisation,
    )  # fmt: skip


def _notes(meeting: Meeting, by: Person) -> None:
    due = timezone.localdate() + dt.timedelta(days=120)
    for kind, text, bearer, state in NOTES:
        row = Note.objects.create(
            meeting=meeting, kind=kind, text=text, bearer=bearer,
            due_on=due if kind == "decided" else None, state=state,
            reason="personal" if state == "withheld" else "", signature=by.sign(),
        )  # fmt: skip
        NoteReading.objects.create(
            note=row, state=row.state, reason=row.reason, signature=by.sign()
        )


def _lessons(programme: Programme, members: Sequence[Territory], by: Person) -> None:
    body = by.organisation or programme.organisation
    if body is None:
        body, _ = Organisation.objects.get_or_create(
            name="Centre de ressources (fictif)",
            defaults={"kind": Organisation.Kind.RESOURCE_CENTRE},
        )
    for n, (topic, verdict, title, text, conditions, evidence, opened) in enumerate(LESSONS):
        row = Lesson.objects.create(
            programme=programme, territory=members[n % len(members)], topic=topic, verdict=verdict,
            title=f"{title} (fictif)", text=text, conditions=conditions, organisation=body,
            evidence=evidence, opened_on=timezone.localdate() if opened else None,
            signature=by.sign(),
        )  # fmt: skip
        if opened:
            LessonOpening.objects.create(lesson=row, opened=True, signature=by.sign())
