"""An invented cohort: the territories of the demonstration at different phases, and a data project.

All of it is fictive and says so; made again, nothing changes.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from labo_web.accounts.models import Organisation, Person, Territory
from labo_web.programme import demo_rows as rows
from labo_web.programme import demo_sessions
from labo_web.programme.demo_rows import INVENTED
from labo_web.programme.models import (
    Convention,
    DataQuestion,
    Dataset,
    Deliverable,
    Disagreement,
    DisagreementAnswer,
    GateDecision,
    GroupSeat,
    Membership,
    MethodDecision,
    Programme,
    Schedule,
    Statement,
    SupportDay,
)
from labo_web.releases.models import Release

CODE = "labo-fictif"
KINDS = {
    "Agglomération (fictive)": Organisation.Kind.AUTHORITY,
    "Bailleur (fictif)": Organisation.Kind.LANDLORD,
    "Centre de ressources (fictif)": Organisation.Kind.RESOURCE_CENTRE,
}


@transaction.atomic
def write(by: Person) -> Programme | None:
    """Write the cohort of the fictive territories; where it is already, nothing."""
    if Programme.objects.filter(code=CODE).exists():
        return None
    today = timezone.localdate()
    fictive = Release.objects.filter(fictive=True).values("territory")
    territories = list(Territory.objects.filter(pk__in=fictive).order_by("code"))
    programme = Programme.objects.create(
        code=CODE,
        title=f"Labo Quartiers en Transitions {INVENTED}",
        purpose="Accompagner ensemble des territoires, du diagnostic aux solutions, face aux "
        f"canicules et aux autres risques. {INVENTED}",
        organisation=_body("Centre de ressources (fictif)"),
        starts_on=_day(today, -330),
        ends_on=_day(today, 400),
        call="Le programme prend quatre territoires, de toutes tailles. Un seul quartier "
        f"prioritaire suffit. On peut entrer en cours de route. {INVENTED}",
        call_opens_on=_day(today, -420),
        call_closes_on=_day(today, -350),
        how_to_apply="Une lettre d’une page : pourquoi, quels quartiers, qui s’en occupe, quelles "
        f"données on peut avoir. {INVENTED}",
        contact=f"Service du programme, Centre de ressources (fictif) {INVENTED}",
        published_on=_day(today, -420),
        fictive=True,
    )
    members = {}
    for role, territory in _roles(territories):
        members[role] = _member(programme, role, territory, today, by)
    _data(programme, members, today, by)
    return programme


def _day(today: dt.date, offset: int | None) -> Any:
    return None if offset is None else today + dt.timedelta(offset)


def _body(name: str) -> Organisation:
    kind = KINDS.get(name, Organisation.Kind.ASSOCIATION)
    return Organisation.objects.get_or_create(name=name, defaults={"kind": kind})[0]


def _roles(territories: list[Territory]) -> list[tuple[str, Territory]]:
    """Return what each territory plays: the one with a single neighbourhood is told apart."""
    first, others = territories[:1], territories[1:4]
    found = [("ahead", t) for t in first]
    alone = next((t for t in others if _areas(t) == 1), None)
    left = ["late", "joiner", *(["single"] if alone is None else [])]
    for t in others:
        found.append(("single" if t == alone else left.pop(0), t))
    return found


def _areas(territory: Territory) -> int:
    release = territory.releases.order_by("-generation", "-pk").first()
    return release.zones.filter(kind="qpv").count() if release else 0


def _member(
    programme: Programme, role: str, territory: Territory, today: dt.date, by: Person
) -> Membership:
    sign = by.sign()
    joined = -80 if role == "joiner" else -330
    member = Membership.objects.create(
        programme=programme, territory=territory, joined_on=_day(today, joined)
    )
    for phase, starts, due, started, gates in rows.SCHEDULES[role]:
        Schedule.objects.create(
            membership=member, phase=phase, starts_on=_day(today, starts), due_on=_day(today, due),
            started_on=_day(today, started), signature=sign,
        )  # fmt: skip
        for outcome, body, day, shown, reason in gates:
            GateDecision.objects.create(
                membership=member, phase=phase, outcome=outcome, body=body,
                decided_on=_day(today, day), shown=shown, reason=reason, signature=sign,
            )  # fmt: skip
    for phase, title, due, proof, wanted, delivered in rows.DELIVERABLES[role]:
        Deliverable.objects.create(
            membership=member, phase=phase, title=title, due_on=_day(today, due), proof=proof,
            wanted=wanted, delivered_on=_day(today, delivered), signature=sign,
            evidence=f"Pièce inventée {INVENTED}" if delivered is not None else "",
        )  # fmt: skip
    Convention.objects.create(
        membership=member, reference=f"Convention {territory.code} {INVENTED}", signature=sign,
        signed_on=_day(today, rows.SIGNED[role]), expires_on=_day(today, 400),
    )  # fmt: skip
    for kind, label, days, planned, given in rows.SUPPORT:
        if planned > joined:
            SupportDay.objects.create(
                membership=member, kind=kind, label=label, days=Decimal(days), signature=sign,
                organisation=_body("Centre de ressources (fictif)"),
                planned_on=_day(today, planned), given_on=_day(today, given),
            )  # fmt: skip
    for (title, sheet), offset in zip(
        demo_sessions.BEFORE_THE_GATE, rows.FRESQUES.get(role, ()), strict=False
    ):
        demo_sessions.hold(territory, "fresque", title, offset, sheet)
    for of, said, evidence, day in rows.STATEMENTS:
        if of == role:
            Statement.objects.create(
                membership=member, text=f"{said} {INVENTED}", evidence=evidence, signature=sign,
                stated_on=_day(today, day), organisation=_body("Agglomération (fictive)"),
            )  # fmt: skip
    return member


def _data(programme: Programme, members: dict[str, Membership], today: dt.date, by: Person) -> None:
    sign = by.sign()
    for text, why, answer in rows.QUESTIONS:
        DataQuestion.objects.create(
            programme=programme, text=text, why=why, answer=answer, signature=sign,
            asked_on=_day(today, -250),
        )  # fmt: skip
    for field, function, body, role in rows.SEATS:
        GroupSeat.objects.create(
            programme=programme, field=field, function=function, organisation=_body(body),
            membership=members.get(role),
        )  # fmt: skip
    for label, role, access, holder, grain, vintage, source, purpose, days in rows.DATASETS:
        if role and role not in members:
            continue
        promised, expected, signed, received, expires = (_day(today, x) for x in days)
        Dataset.objects.create(
            programme=programme, membership=members.get(role), label=f"{label} {INVENTED}",
            access=access, holder=holder, grain=grain, vintage=vintage, source=source,
            purpose=purpose, reference="Convention inventée" if signed else "",
            promised_on=promised, expected_on=expected, signed_on=signed, received_on=received,
            expires_on=expires, signature=sign,
        )  # fmt: skip
    decisions = [
        MethodDecision.objects.create(
            programme=programme, decided_on=_day(today, spec["day"]), signature=sign,
            **{k: spec[k] for k in ("subject", "decision", "reason", "dissent")},
        )
        for spec in rows.DECISIONS
    ]  # fmt: skip
    for spec in rows.DISAGREEMENTS:
        about = spec["decision"]
        made = Disagreement(
            programme=programme, text=spec["text"], proposal=spec["proposal"], fictive=True,
            decision=None if about is None else decisions[about],
            filed_on=_day(today, spec["day"]), read_on=_day(today, spec["day"] + 2),
        )  # fmt: skip
        made.renew()
        made.save()
        if spec["answer"]:
            DisagreementAnswer.objects.create(
                disagreement=made, text=f"{spec['answer']} {INVENTED}", signature=sign,
                answered_on=_day(today, spec["answered"]),
                organisation=_body("Centre de ressources (fictif)"),
            )  # fmt: skip
