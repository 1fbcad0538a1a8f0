"""A complete roadmap of an invented territory: every action is tied at both of its ends."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from labo import catalogue as _catalogue  # noqa: F401 (declares the measures)
from labo.diagnosis import PRESENT
from labo.measure import MEASURES
from labo_web.accounts.models import Organisation, Person, Territory
from labo_web.releases.models import Release, Value
from labo_web.resources.models import Description
from labo_web.roadmaps import linking, maturity, origins
from labo_web.roadmaps.access import latest_release
from labo_web.roadmaps.demo_actions import ACTIONS
from labo_web.roadmaps.imports import programming
from labo_web.roadmaps.models import (
    Action,
    FundingLine,
    Grading,
    Link,
    Observation,
    Partner,
    Priority,
    Programming,
    Roadmap,
    Step,
    Tracked,
)
from labo_web.roadmaps.saving import create
from labo_web.workshops.models import Contribution, SolutionSheet

PUBLISHED = {"under_way", "engaged", "done", "abandoned"}
INVENTED = "(données fictives)"
NO_EFFECT = "Peu d’effet sur l’environnement : ni travaux ni machines, des trajets à pied."
NO_LOSS = f"Loyers, charges, départs d’habitants : rien ne l’annonce. {INVENTED}"
BODIES = {
    "town": ("Agglomération (fictive)", Organisation.Kind.AUTHORITY),
    "landlord": ("Bailleur (fictif)", Organisation.Kind.LANDLORD),
    "association": ("Régie de quartier (fictive)", Organisation.Kind.ASSOCIATION),
}


class NotFictive(Exception):
    """The territory is real: nothing is invented there."""


@transaction.atomic
def write(territory: Territory, by: Person) -> Roadmap | None:
    """Write the demonstration in a fictive territory; where it has a roadmap already, nothing.

    Raises:
        NotFictive: the territory has no release, or a real one.
    """
    release = latest_release(territory)
    if release is None or not release.fictive:
        raise NotFictive(f"{territory} n’est pas un territoire fictif : rien n’y est inventé.")
    if Roadmap.objects.filter(territory=territory).exists():
        return None
    roadmap = Roadmap.objects.create(
        territory=territory, title=f"Feuille de route {INVENTED}",
        contract="Contrat de ville « Engagements Quartiers 2030 » (fictif)",
    )  # fmt: skip
    bodies = {
        key: Organisation.objects.get_or_create(name=name, defaults={"kind": kind})[0]
        for key, (name, kind) in BODIES.items()
    }
    for spec in ACTIONS:
        _action(roadmap, release, spec, bodies, by)
    _tie(roadmap, by)
    _granted(roadmap, release, by)
    return roadmap


def _granted(roadmap: Roadmap, release: Release, by: Person) -> None:
    """Write an invented programming of the year: some for several neighbourhoods, some untold."""
    codes = list(release.zones.filter(kind="qpv").order_by("code").values_list("code", flat=True))
    grants: tuple[tuple[str, str, int, int | None, list[str]], ...] = (
        ("Association du quartier (fictive)", "Visites d’été aux aînés", 12_000, 8_000, codes[:1]),
        ("Régie de quartier (fictive)", "Jardiner au pied des tours", 18_000, None, codes[:2]),
        ("Centre social (fictif)", "Les soirs d’été au frais", 9_500, 4_000, codes[1:3]),
        ("Agglomération (fictive)", "Coordination des plans canicule", 15_000, 22_000, []),
    )
    names = ("applicant", "title", "amount", "ordinary", "zones")
    programming.write(
        roadmap,
        [
            dict(zip(names, (body, title, _euros(given), _euros(own), zones), strict=True))
            for body, title, given, own, zones in grants
        ],
        year=timezone.localdate().year, rule=Programming.Rule.RESIDENTS,
        name=f"Programmation {INVENTED}", by=by,
    )  # fmt: skip


def _action(
    roadmap: Roadmap, release: Release, spec: dict[str, Any], bodies: dict[str, Any], by: Person
) -> Action:
    start = origins.from_measure(spec["measure"])
    label = next(x.label for x in MEASURES if x.id == spec["measure"])
    names = dict(release.zones.filter(kind="qpv").values_list("code", "name"))
    zone = "" if spec["zone"] is None else _worst(release, spec["indicator"], spec["zone"])
    place = names.get(zone, "Agglomération")
    pilot = bodies[spec["pilot"]]
    money = spec["money"]
    ht = _euros(money["ht"])
    vat = _euros(money["vat"])
    texts = ("objective", "public", "headcount", "participation")
    fields = {
        "title": start.idea["title"],
        "zones": [zone] if zone else [],
        "finding": f"{place} : le diagnostic et les habitants le disent : il faut agir. "
        f"Le chiffre est relié à cette fiche. {INVENTED}",
        "carrier": pilot.name,
        "first_step": spec["steps"][0][0] if spec["steps"] else "En parler au comité.",
        **start.more,
        **{name: spec[name] for name in texts},
        "environment": start.more["environment"] or NO_EFFECT,
        "loses": f"{start.more['loses']}\n– {NO_LOSS}",
        "pilot": pilot,
        "equality": "Les heures et les lieux sont choisis avec des femmes du quartier.",
        "conditions": "Quelqu’un garde les clés, et cela est écrit.",
        "axis": "Plus d’adaptation aux transitions dans les quartiers",
        "investment_ht": ht,
        "vat": vat,
        "investment_ttc": None if ht is None or vat is None else ht * (1 + vat / 100),
        "operating": _euros(money["operating"]),
        "upkeep": _euros(money["upkeep"]),
        "upkeep_by": money["upkeep_by"],
    }
    made = create(roadmap, fields, by=by, **start.fields)
    today = timezone.localdate()
    _rows(made, spec, bodies, zone, today)
    _figure(made, release, zone, spec["indicator"], label, by)
    _decide(made, spec, today, by)
    return made


def _worst(release: Release, indicator: str, rank: int) -> str:
    """Return the neighbourhood where an indicator is the most vulnerable, or the next ones."""
    known = Value.objects.filter(
        zone__release=release, zone__kind="qpv", indicator__name=indicator, scenario=PRESENT,
        central__isnull=False,
    ).select_related("zone", "indicator")  # fmt: skip
    order = sorted(known, key=lambda v: (-v.indicator.direction * (v.central or 0), v.zone.code))
    codes = [v.zone.code for v in order] or list(
        release.zones.filter(kind="qpv").order_by("code").values_list("code", flat=True)
    )
    return codes[min(rank, len(codes) - 1)]


def _euros(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _rows(
    made: Action, spec: dict[str, Any], bodies: dict[str, Any], zone: str, today: dt.date
) -> None:
    def day(offset: int | None) -> dt.date | None:
        return None if offset is None else today + dt.timedelta(offset)

    before: Step | None = None
    for place, (label, starts, due, done, who) in enumerate(spec["steps"], 1):
        before = Step.objects.create(
            action=made, position=place, label=label, starts_on=day(starts), due_on=day(due),
            done_on=day(done), after=before, organisation=bodies[who],
        )  # fmt: skip
    for key, body in bodies.items():
        role = Partner.Raci.ACCOUNTABLE if key == spec["pilot"] else Partner.Raci.CONSULTED
        if any(s[4] == key for s in spec["steps"]) or key == spec["pilot"]:
            Partner.objects.create(
                action=made, organisation=body, raci=role,
                commitment=f"Y donne du temps d’agents. {INVENTED}",
            )  # fmt: skip
    names = ("funder", "payer", "fund", "line", "nature", "credit", "amount", "status")
    FundingLine.objects.bulk_create(
        FundingLine(action=made, **dict(zip(names, line, strict=True))) for line in spec["funding"]
    )
    for kind, label, unit, diagnosed, base, two, three in spec["follow"]:
        Tracked.objects.create(
            action=made, kind=kind, label=label, unit=unit,
            indicator=spec["indicator"] if diagnosed else "", zone=zone if diagnosed else "",
            baseline=base, baseline_on=None if base is None else today - dt.timedelta(330),
            target_2027=two, target_2030=three, every_months=12 if diagnosed else 6,
            source="diagnostic" if diagnosed else f"relevé de terrain {INVENTED}",
        )  # fmt: skip
    for label, when, value, source in spec["observed"]:
        tracked = made.tracked.get(label=label)
        Observation.objects.create(
            tracked=tracked, observed_on=today + dt.timedelta(when), value=value, source=source
        )
    for goal, grade, why in spec["goals"]:
        Grading.objects.create(action=made, goal=goal, grade=grade, why=why)


def _figure(
    made: Action, release: Release, zone: str, indicator: str, label: str, by: Person
) -> None:
    """Tie an action to its figure, and declare the vulnerability that it shows."""
    known = Value.objects.filter(zone__release=release, indicator__name=indicator, scenario=PRESENT)
    if not known.exists():
        return
    linking.add(
        made, Link.Kind.FIGURE, (release, zone, indicator),
        "C’est ce chiffre que l’action veut changer, ou ceux qu’il compte qu’elle protège.", by=by,
    )  # fmt: skip
    priority, _ = Priority.objects.get_or_create(
        roadmap=made.roadmap, zone=zone, indicator=indicator, withdrawn_on=None,
        defaults={
            "release": release, "signature": by.sign(),
            "why": f"Déclarée urgente par l’équipe après les ateliers. {INVENTED}",
        },
    )  # fmt: skip
    linking.add(
        made, Link.Kind.PRIORITY, priority,
        f"« {origins.curly(label)} » répond à cette vulnérabilité.", by=by,
    )  # fmt: skip


def _decide(made: Action, spec: dict[str, Any], today: dt.date, by: Person) -> None:
    """Take the action to its level, one decision after the other."""
    wanted = spec["level"]
    if wanted == "abandoned":
        body, reason = spec["refusal"]
        maturity.decide(
            made, wanted, body=body, decided_on=today - dt.timedelta(50), reason=reason, by=by
        )
    else:
        path = list(maturity.ORDER[1 : maturity.ORDER.index(wanted) + 1])
        for place, level in enumerate(path):
            maturity.decide(
                made, level, body="copil" if level == "engaged" else "cotech",
                decided_on=today - dt.timedelta(45 - 5 * place),
                reason=f"Décision inventée pour la démonstration. {INVENTED}", by=by,
            )  # fmt: skip
    if wanted in PUBLISHED:
        maturity.publish(
            made, True, body="copil", decided_on=today - dt.timedelta(10),
            reason=f"Les habitants doivent pouvoir suivre. {INVENTED}", by=by,
        )  # fmt: skip


def _tie(roadmap: Roadmap, by: Person) -> None:
    """Tie each action to what residents of the demonstration said, gave and proposed about it."""
    here = roadmap.territory
    said = Contribution.objects.shown().filter(territory=here).order_by("pk")
    given = Description.objects.published().filter(resource__territory=here, resource__fictive=True)
    proposed = SolutionSheet.objects.filter(territory=here, fictive=True).order_by("pk")
    kinds: tuple[tuple[str, str, list[tuple[str, Any]], str], ...] = (
        ("said", Link.Kind.CONTRIBUTION, [(x.text, x) for x in said],
         "C’est de là que l’idée est partie."),
        ("resources", Link.Kind.RESOURCE, [(x.name, x.resource) for x in given],
         "L’action s’appuie sur elle."),
        ("sheets", Link.Kind.SOLUTION, [(x.title, x) for x in proposed],
         "L’atelier l’avait écrite ainsi."),
    )  # fmt: skip
    for action, spec in zip(roadmap.actions.order_by("number"), ACTIONS, strict=True):
        for key, kind, found, sentence in kinds:
            for start in spec[key]:
                named = [x for name, x in found if name.startswith(start)]
                for x in named[:1]:
                    linking.add(action, kind, x, f"{sentence} {INVENTED}", by=by)
