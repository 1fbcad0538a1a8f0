"""The gate of publication: team, technical committee, steering committee, everyone.

A release is opened one circle at a time, each by a dated decision. Everyone comes after a meeting
with residents and fifteen working days, in which communes and landlords may answer.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cache

from django.core.exceptions import ValidationError
from django.db import transaction

from labo_web.accounts.models import Circle, Person
from labo_web.releases.models import Decision, Release, Restitution

WORKING_DAYS = 15


def easter(year: int) -> dt.date:
    """Return Easter Sunday of the Gregorian calendar (Meeus, Jones, Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    f = (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return dt.date(year, month, day + 1)


@cache
def holidays(year: int) -> frozenset[dt.date]:
    """Return the public holidays of metropolitan France (Code du travail, art. L3133-1)."""
    fixed = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]
    moving = [easter(year) + dt.timedelta(days) for days in (1, 39, 50)]
    return frozenset([*(dt.date(year, *day) for day in fixed), *moving])


def after_working_days(start: dt.date, days: int = WORKING_DAYS) -> dt.date:
    """Return the first day that comes after so many whole working days following `start`."""
    day = start
    while days:
        day += dt.timedelta(1)
        if day.weekday() < 5 and day not in holidays(day.year):
            days -= 1
    return day + dt.timedelta(1)


def restitution_of(release: Release) -> dt.date | None:
    """Return the day of the last restitution that was recorded."""
    return release.restitutions.order_by("-pk").values_list("held_on", flat=True).first()


def answers_until(held_on: dt.date) -> dt.date:
    """Return the last day on which an answer can be written."""
    return after_working_days(held_on) - dt.timedelta(1)


def note_restitution(
    release: Release, held_on: dt.date, *, person: Person | None, note: str = ""
) -> Restitution:
    """Record that a release was told to residents.

    Raises:
        ValidationError: the day has not come, or the release is not open to its committees.
    """
    if held_on > dt.date.today():  # noqa: DTZ011 (a meeting is dated where it is held)
        raise ValidationError("Notez la restitution une fois qu’elle a eu lieu.")
    last = Decision.objects.filter(release=release).order_by("-pk").first()
    if last is None or last.circle < Circle.COPIL:
        raise ValidationError("Ouvrez d’abord la livraison au comité de pilotage.")
    made = Restitution(release=release, held_on=held_on, person=person, note=note)
    made.full_clean()
    made.save()
    return made


@dataclass(frozen=True)
class Step:
    """A circle of the gate: the decision that opened it, or what has to come first."""

    circle: Circle
    decision: Decision | None
    coming: str
    is_next: bool


def steps(release: Release, decisions: list[Decision], held_on: dt.date | None) -> list[Step]:
    """Return the four steps of a release, given all its decisions in order."""
    now = decisions[-1].circle if decisions else 0
    # What counts is the last time each circle was opened and not taken back since.
    standing: dict[int, Decision] = {}
    for d in decisions:
        standing = {circle: kept for circle, kept in standing.items() if circle < d.circle}
        standing[d.circle] = d
    return [
        Step(
            circle,
            standing.get(circle) if circle <= now else None,
            "" if circle <= now else _coming(release, circle, now, held_on),
            circle == now + 1 and not release.team_only,
        )
        for circle in Circle
    ]


def _coming(release: Release, circle: Circle, now: int, held_on: dt.date | None) -> str:
    """Say what has to come before a circle."""
    if release.team_only:
        return "N’aura pas lieu : l’accord d’un partenaire réserve cette livraison à l’équipe."
    if circle > now + 1:
        return f"Après l’ouverture à : {Circle(circle - 1).label}."
    if circle < Circle.EVERYONE:
        return "Peut être décidée dès maintenant."
    if held_on is None:
        return (
            f"Après une restitution aux habitants, puis {WORKING_DAYS} jours ouvrés où communes "
            "et bailleurs peuvent répondre."
        )
    ready = after_working_days(held_on)
    if dt.date.today() < ready:  # noqa: DTZ011 (days are counted where decisions are taken)
        return (
            f"À partir du {ready:%d/%m/%Y} : communes et bailleurs répondent jusqu’au "
            f"{answers_until(held_on):%d/%m/%Y} inclus."
        )
    return "Peut être décidée dès maintenant : le temps de répondre est passé."


def refusal(
    last: Decision, circle: Circle, decided_on: dt.date, restitution_on: dt.date | None
) -> str:
    """Return why a decision cannot follow the last one, in one sentence; nothing when it can."""
    if decided_on > dt.date.today():  # noqa: DTZ011 (a decision is dated where it is taken)
        return "Une décision ne se date pas dans le futur."
    if decided_on < last.decided_on:
        return f"Donnez une date qui suit la décision du {last.decided_on:%d/%m/%Y}."
    if circle == last.circle:
        return f"La livraison est déjà ouverte à ce cercle : {circle.label}."
    if circle > last.circle + 1:
        missing = Circle(last.circle + 1)
        return f"Il faut d’abord l’ouvrir à un cercle plus étroit : {missing.label}."
    if circle < Circle.EVERYONE:
        return ""
    if restitution_on is None:
        return "Notez d’abord la restitution aux habitants : rien n’est public avant elle."
    ready = after_working_days(restitution_on)
    if decided_on < ready:
        return (
            f"Communes et bailleurs ont {WORKING_DAYS} jours ouvrés pour répondre : "
            f"la livraison peut être ouverte à tous à partir du {ready:%d/%m/%Y}."
        )
    return ""


def decide(
    release: Release,
    circle: Circle,
    decided_on: dt.date,
    *,
    person: Person | None,
    restitution_on: dt.date | None = None,
    note: str = "",
) -> Decision:
    """Record that a release is opened to a circle, or taken back to a smaller one.

    The restitution is the last one recorded, unless another date is given.

    Raises:
        ValidationError: the steps before it are missing, or too few days have passed.
    """
    with transaction.atomic():
        # Two people who decide at once: the second one sees the decision of the first.
        Release.objects.select_for_update().get(pk=release.pk)
        last = Decision.objects.filter(release=release).order_by("-pk").first()
        if release.team_only and circle > Circle.TEAM:
            raise ValidationError(
                "L’accord d’un partenaire réserve cette livraison à l’équipe du territoire."
            )
        if last is None:
            raise ValidationError("Cette livraison n’a pas encore été remise à son équipe.")
        restitution_on = restitution_on or restitution_of(release)
        if why := refusal(last, circle, decided_on, restitution_on):
            raise ValidationError(why)
        made = Decision(
            release=release,
            circle=circle,
            decided_on=decided_on,
            restitution_on=restitution_on if circle == Circle.EVERYONE else None,
            note=note,
            person=person,
        )
        made.full_clean()
        made.save()
    return made
