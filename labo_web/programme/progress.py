"""Where a territory stands, phase by phase: computed from days and facts, never typed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.template.defaultfilters import date as in_words
from django.urls import reverse

from labo_web.programme.facts import EXPIRED, HELD, LATE, Facts
from labo_web.programme.models import Deliverable, GateDecision, Membership, Schedule
from labo_web.programme.phases import PHASES, Phase
from labo_web.workshops.models import FresqueSheet

SHORT = "d/m/y"


Proof = Deliverable.Proof
Audience = FresqueSheet.Audience
# What the site can show to whoever decides on the gate of a phase.
SEEN: dict[str, tuple[Proof, ...]] = {
    "framing": (Proof.CONVENTION, Proof.STEERING),
    "acculturation": (Proof.FRESQUE,),
    "data": (Proof.DATASET,),
    "diagnosis": (Proof.WALK, Proof.RESOURCE, Proof.RELEASE),
    "priorities": (Proof.STEERING, Proof.RELEASE),
    "foresight": (Proof.FORESIGHT,),
    "roadmap": (Proof.ACTION, Proof.FROZEN),
    "contract": (Proof.COMMITTED, Proof.FROZEN),
    "follow_up": (Proof.COMMITTED, Proof.STEERING),
    "capitalising": (Proof.RELEASE, Proof.ACTION),
}


def seen_in(phase: Phase, facts: Facts, today: dt.date) -> list[tuple[str, int, dt.date | None]]:
    """Return what the site shows for the gate of a phase: what, how many, and the last day."""
    found = []
    for proof in SEEN[phase.id]:
        days = facts.days(proof, today)
        found.append((str(proof.label), len(days), days[-1] if days else None))
    return found


def lacking(phase: Phase, facts: Facts, day: dt.date) -> list[str]:
    """Return what a gate asks for and the site does not show on a day, of what the site can show.

    Only the gates of framing and acculturation ask for things that have days here. What was before
    the territory came in counts.
    """
    if phase.id == "framing":
        signed = facts.dated.get(Proof.CONVENTION, ())
        return [] if any(f.on <= day for f in signed) else ["convention signée"]
    if phase.id != "acculturation":
        return []
    return [
        f"Fresque avec {who}"
        for audience, who in (
            (Audience.STAFF, "les services et les élus"),
            (Audience.RESIDENTS, "les habitants"),
        )
        if not facts.fresque_by((audience, Audience.BOTH), day)
    ]


def days_said(days: int) -> str:
    """Return a number of days in words."""
    return f"{days} jour{'s' if days > 1 else ''}"


# Where what proves a deliverable is read: by its team, and by everyone once it is there.
TEAM_PAGES = {
    Proof.FRESQUE: "territory_events",
    Proof.WALK: "territory_events",
    Proof.FORESIGHT: "territory_events",
    Proof.STEERING: "territory_events",
    Proof.RELEASE: "territory",
    Proof.RESOURCE: "resources",
    Proof.ACTION: "roadmap",
    Proof.FROZEN: "frozen_list",
    Proof.COMMITTED: "actions",
}
PUBLIC_PAGES = {
    Proof.RELEASE: "territory",
    Proof.RESOURCE: "resources",
    Proof.ACTION: "roadmap",
}
HELD_PAGE = "agenda"


@dataclass(frozen=True)
class Delivery:
    """A deliverable, the day it was there, and how late it is."""

    deliverable: Deliverable
    on: dt.date | None
    # How many of what is wanted the site sees; None where it is declared.
    found: int | None
    late_days: int
    # Whether the territory has a public release, without which its other pages are closed.
    opened: bool

    @property
    def address(self) -> str:
        """Where its team reads what proves it; empty where nowhere, or before it is there."""
        d = self.deliverable
        if d.proof == Proof.DECLARED:
            return d.evidence if d.evidence.startswith(("https://", "http://")) else ""
        if self.on is None:
            return ""
        code = d.membership.territory.code
        if d.proof in (Proof.CONVENTION, Proof.DATASET):
            page = "support" if d.proof == Proof.CONVENTION else "member"
            return reverse(page, args=[d.membership.programme.code, code])
        return reverse(TEAM_PAGES[Proof(d.proof)], args=[code])

    @property
    def public_address(self) -> str:
        """Where everyone reads what proves it; empty where that is closed."""
        d = self.deliverable
        if self.on is None or (d.proof == Proof.RESOURCE and not self.opened):
            return ""
        code = d.membership.territory.code
        if d.proof in HELD:
            return f"{reverse(HELD_PAGE)}?territoire={code}"
        page = PUBLIC_PAGES.get(Proof(d.proof))
        return reverse(page, args=[code]) if page else ""

    @property
    def said(self) -> str:
        """In words."""
        d = self.deliverable
        if self.on is not None:
            late = (self.on - d.due_on).days
            after = f", {days_said(late)} après le jour prévu" if late > 0 else ""
            return f"c’est fait, le {in_words(self.on, 'j F Y')}{after}"
        seen = f" ; {self.found} sur {d.wanted} à ce jour" if self.found is not None else ""
        if self.late_days:
            return f"en retard de {days_said(self.late_days)}{seen}"
        return f"attendu le {in_words(d.due_on, 'j F Y')}{seen}"


@dataclass(frozen=True)
class PhaseProgress:
    """A phase in a territory: `late_days` counts from the day when its gate was due."""

    phase: Phase
    schedule: Schedule | None
    gate: GateDecision | None
    deliveries: tuple[Delivery, ...]
    today: dt.date
    over: bool  # the territory has left
    facts: Facts

    @property
    def lacks(self) -> str:
        """What its gate was passed without, as far as the site shows; empty if nothing."""
        if self.passed_on is None:
            return ""
        return " ni ".join(lacking(self.phase, self.facts, self.passed_on))

    @property
    def passed_on(self) -> dt.date | None:
        """The day its gate was passed, if it still is."""
        if self.gate is None or self.gate.outcome != GateDecision.Outcome.PASSED:
            return None
        return self.gate.decided_on

    @property
    def begun(self) -> bool:
        """Whether it has begun: somebody said since when, or its gate was decided on."""
        started = self.schedule.started_on if self.schedule else None
        return self.gate is not None or (started is not None and started <= self.today)

    @property
    def late_days(self) -> int:
        """How many days its gate is late."""
        due = self.schedule.due_on if self.schedule else None
        if self.over or self.passed_on is not None or due is None:
            return 0
        return max((self.today - due).days, 0)

    @property
    def late_to_begin(self) -> int:
        """How many days it is late to begin, where its end is not late yet."""
        planned = self.schedule.starts_on if self.schedule else None
        if self.over or self.begun or self.late_days or planned is None:
            return 0
        return max((self.today - planned).days, 0)

    @property
    def state(self) -> str:
        """One of: passed, late, reopened, begun, waiting, unplanned."""
        if self.passed_on is not None:
            return "passed"
        if self.late_days or self.late_to_begin:
            return "late"
        if self.gate is not None and self.gate.outcome == GateDecision.Outcome.REOPENED:
            return "reopened"
        if self.begun:
            return "begun"
        return "waiting" if self.schedule and self.schedule.due_on else "unplanned"

    @property
    def short(self) -> str:
        """In very few words, for a cell."""
        due = self.schedule.due_on if self.schedule else None
        until = f", jusqu’au {in_words(due, SHORT)}" if due else ""
        match self.state:
            case "passed":
                short = f"franchie {in_words(self.passed_on, SHORT)}"
                return f"{short}, sans tout ce qu’il fallait" if self.lacks else short
            case "late" if self.late_days:
                return f"retard {self.late_days} j"
            case "late":
                return f"retard {self.late_to_begin} j au début"
            case "reopened":
                return f"rouverte{until}"
            case "begun":
                return f"en cours{until}"
            case "waiting":
                return f"prévue{until}"
            case _:
                return "sans date"

    @property
    def said(self) -> str:
        """In a sentence."""
        if self.passed_on is not None:
            without = f" sans {self.lacks}" if self.lacks else ""
            return f"Jalon franchi{without}, le {in_words(self.passed_on, 'j F Y')}."
        parts = []
        if self.gate is not None:
            parts.append(
                f"{self.gate.get_outcome_display()} le {in_words(self.gate.decided_on, 'j F Y')}"
            )
        if self.late_days:
            parts.append(f"en retard de {days_said(self.late_days)}")
        elif self.late_to_begin:
            parts.append(f"aurait dû commencer il y a {days_said(self.late_to_begin)}")
        elif self.begun:
            parts.append("en cours")
        else:
            parts.append("pas commencée")
        if self.schedule and self.schedule.due_on:
            parts.append(f"fin prévue le {in_words(self.schedule.due_on, 'j F Y')}")
        else:
            parts.append("aucune date prévue")
        text = ", ".join(parts)
        return f"{text[:1].upper()}{text[1:]}."


@dataclass(frozen=True)
class Late:
    """Something that is late: what, since when, and the phase it is of, if of one."""

    what: str
    days: int
    phase: Phase | None

    @property
    def said(self) -> str:
        """In words."""
        return f"{self.what} depuis {days_said(self.days)}"


@dataclass(frozen=True)
class Progress:
    """Where a territory stands."""

    membership: Membership
    facts: Facts
    phases: tuple[PhaseProgress, ...]
    late: tuple[Late, ...]
    today: dt.date

    @property
    def held(self) -> int:
        """How many events were held."""
        return sum(f.on < self.today for f in self.facts.events())

    @property
    def resources(self) -> int:
        """How many resources of its neighbourhoods are published."""
        return len(self.facts.dated.get(Deliverable.Proof.RESOURCE, ()))

    @property
    def most_late(self) -> int:
        """The days of what is most late."""
        return self.late[0].days if self.late else 0

    @property
    def passed(self) -> int:
        """How many gates are passed."""
        return sum(p.passed_on is not None for p in self.phases)

    @property
    def current(self) -> list[PhaseProgress]:
        """The phases that have begun and are not over, else the next one."""
        under_way = [p for p in self.phases if p.begun and p.passed_on is None]
        return under_way or [p for p in self.phases if p.passed_on is None][:1]

    @property
    def deliveries(self) -> list[Delivery]:
        """All its deliverables, phase by phase."""
        return [d for p in self.phases for d in p.deliveries]

    @property
    def delivered(self) -> int:
        """How many are there."""
        return sum(d.on is not None for d in self.deliveries)


def progress_of(
    membership: Membership,
    facts: Facts,
    schedules: Iterable[Schedule],
    gates: Iterable[GateDecision],
    deliverables: Iterable[Deliverable],
    today: dt.date,
) -> Progress:
    """Return where a territory stands; rows come oldest first, and the newest of each stands.

    Of a territory that has left nothing is late.
    """
    over = membership.left_on is not None and membership.left_on <= today
    planned = {s.phase: s for s in schedules}
    # The newest day stands; on one day, what was recorded last.
    decided = {g.phase: g for g in sorted(gates, key=lambda g: (g.decided_on, g.pk))}
    owed: dict[str, list[Delivery]] = {}
    for d in deliverables:
        d.membership = membership
        owed.setdefault(d.phase, []).append(delivery_of(d, facts, today, over=over))
    phases = tuple(
        PhaseProgress(
            phase, planned.get(phase.id), decided.get(phase.id), tuple(owed.get(phase.id, ())),
            today, over, facts,
        )
        for phase in PHASES.values()
    )  # fmt: skip
    late = () if over else tuple(_late(phases, facts, today))
    return Progress(membership, facts, phases, late, today)


def delivery_of(d: Deliverable, facts: Facts, today: dt.date, *, over: bool = False) -> Delivery:
    """Return whether a deliverable is there, as the site sees it or as it was declared."""
    if d.proof == Deliverable.Proof.DECLARED:
        found, on = None, d.delivered_on
    else:
        days = facts.days(d.proof, today)
        found = len(days)
        on = days[d.wanted - 1] if found >= d.wanted else None
    late = 0 if over or on is not None else max((today - d.due_on).days, 0)
    return Delivery(d, on, found, late, facts.public is not None)


def _late(phases: Sequence[PhaseProgress], facts: Facts, today: dt.date) -> list[Late]:
    """Return what is late. A deliverable that waits for data is told with the data, once."""
    found = []
    awaited = facts.dated.get(LATE, ())
    waiting: list[Delivery] = []
    for p in phases:
        if p.late_days:
            what = f"{p.phase.code} {p.phase.label}, jalon attendu"
            found.append(Late(what, p.late_days, p.phase))
        elif p.late_to_begin:
            what = f"{p.phase.code} {p.phase.label}, début attendu"
            found.append(Late(what, p.late_to_begin, p.phase))
        for d in p.deliveries:
            if not d.late_days:
                continue
            if awaited and d.deliverable.proof == Proof.DATASET:
                waiting.append(d)
                continue
            what = f"{p.phase.code} {d.deliverable.title}, livrable attendu"
            found.append(Late(what, d.late_days, p.phase))
    titles = " et ".join(f"« {d.deliverable.title} »" for d in waiting)
    held_up = f" pour {titles}" if waiting else ""
    phase = PHASES[waiting[0].deliverable.phase] if waiting else None
    found += [
        Late(f"« {f.label} », donnée attendue{held_up}", (today - f.on).days, phase)
        for f in awaited
    ]
    found += [
        Late(f"« {f.label} », convention de données expirée", (today - f.on).days, None)
        for f in facts.dated.get(EXPIRED, ())
    ]
    return sorted(found, key=lambda x: (-x.days, x.what))
