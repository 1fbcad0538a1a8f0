"""A roadmap as plain content: every export, and each frozen version, says these same figures.

It holds bodies and never the name of a person.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from labo_web.releases.models import Indicator
from labo_web.roadmaps import funds, progress
from labo_web.roadmaps.access import latest_release, neighbourhoods
from labo_web.roadmaps.amounts import UNCOSTED, UNKNOWN, euros, figure, share
from labo_web.roadmaps.models import Action, FundingLine, Level, Roadmap, Step, Tracked
from labo_web.roadmaps.money import Plan, plan_of

WHOLE = "toute l’agglomération"


@dataclass(frozen=True)
class Line:
    """A line of a funding plan. Amounts are exact, as text; None is « non communiqué »."""

    funder: str
    payer: str
    fund: str
    line: str
    reference: str
    nature: str
    credit: str
    amount: str | None
    amount_said: str
    rate: str
    status: str


@dataclass(frozen=True)
class Milestone:
    """A step with its days."""

    label: str
    starts_on: str | None
    due_on: str | None
    done_on: str | None
    after: str
    who: str


@dataclass(frozen=True)
class Follow:
    """An indicator by which an action is followed."""

    kind: str
    label: str
    place: str
    unit: str
    baseline: str
    target_2027: str
    target_2030: str
    source: str
    every_months: int
    indicator: str


@dataclass(frozen=True)
class Sums:
    """Sums of money, exact, as text; and as they are read."""

    cost: str | None
    total: str
    secured: str
    asked: str
    ordinary: str | None
    specific: str
    unknown: int
    said: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """An action."""

    number: int
    title: str
    level: str
    level_key: str
    published: bool
    zones: tuple[str, ...]
    codes: tuple[str, ...]
    place: str
    axis: str
    finding: str
    carrier: str
    first_step: str
    origin: str
    objective: str
    public: str
    headcount: int | None
    description: str
    participation: str
    conditions: str
    environment: str
    benefits: str
    loses: str
    equality: str
    risks: str
    pilot: str
    partners: tuple[str, ...]
    steps: tuple[Milestone, ...]
    progress: str
    investment_ht: str | None
    investment_ttc: str | None
    operating: str | None
    upkeep: str | None
    upkeep_by: str
    basis: str
    lines: tuple[Line, ...]
    sums: Sums
    follow: tuple[Follow, ...]
    goals: tuple[str, ...]
    evidence: tuple[str, ...]
    decisions: tuple[str, ...]
    # Titles only: files stay on the site, for whoever may read the sheet.
    pieces: tuple[str, ...] = ()


@dataclass(frozen=True)
class Content:
    """A roadmap on a day."""

    territory: str
    code: str
    title: str
    contract: str
    on: str
    fictive: bool
    sheets: tuple[Sheet, ...]
    sums: Sums
    priorities: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        found: dict[str, Any] = json.loads(json.dumps(asdict(self), ensure_ascii=False))
        return found

    def digest(self) -> str:
        """Return what tells two contents apart."""
        return digest_of(self.as_json())


def digest_of(content: Any) -> str:
    """Return the sha256 of plain data."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def content_of(roadmap: Roadmap, *, public: bool = False) -> Content:
    """Return a roadmap as plain content; with `public`, only what was published."""
    found = roadmap.actions.whole()
    if public:
        found = found.public()
    actions = list(found)
    names = neighbourhoods(roadmap.territory)
    release = latest_release(roadmap.territory)
    labels = dict(
        Indicator.objects.filter(release__territory=roadmap.territory)
        .order_by("release_id")
        .values_list("name", "label")
    )
    today = dt.date.today()  # noqa: DTZ011 (documents are dated where they are made)
    counted = [a for a in actions if a.level != Level.ABANDONED]
    return Content(
        territory=roadmap.territory.name,
        code=roadmap.territory.code,
        title=roadmap.title,
        contract=roadmap.contract,
        on=today.isoformat(),
        fictive=bool(release and release.fictive),
        sheets=tuple(_sheet(a, names, labels, today) for a in actions),
        sums=sums_of(plan_of(counted)),
        priorities=tuple(
            f"{names.get(p.zone, p.zone) or WHOLE}, {labels.get(p.indicator, p.indicator)} : "
            f"{p.why}"
            for p in roadmap.priorities.filter(withdrawn_on=None)
        ),
    )


def sums_of(plan: Plan) -> Sums:
    """Return the sums of a plan, exact and as they are read."""
    exact = {
        "cost": plan.cost,
        "total": plan.total,
        "secured": plan.secured,
        "asked": plan.asked,
        "ordinary": plan.ordinary_said,
        "specific": plan.specific,
    }
    return Sums(
        **{name: _exact(value) for name, value in exact.items()},  # type: ignore[arg-type]
        unknown=plan.unknown,
        said={
            name: euros(value, UNCOSTED if name == "cost" else UNKNOWN)
            for name, value in exact.items()
        },
    )


def _exact(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"


def _sheet(a: Action, names: dict[str, str], labels: dict[str, str], today: dt.date) -> Sheet:
    lines = list(a.funding.all())
    plan = plan_of([a])
    steps = list(a.steps.all())
    by_pk = {s.pk: s for s in steps}
    texts = (
        *("number", "title", "place", "axis", "finding", "carrier", "first_step", "objective"),
        *("public", "headcount", "description", "participation", "conditions", "environment"),
        *("benefits", "loses", "equality", "risks", "upkeep_by"),
    )
    return Sheet(
        **{name: getattr(a, name) for name in texts},
        level=a.level_label,
        level_key=a.level,
        published=a.published_on is not None,
        zones=tuple(names.get(code, code) for code in a.zones) or (WHOLE,),
        codes=tuple(a.zones),
        origin=_origin(a),
        pilot=str(a.pilot or ""),
        partners=tuple(
            f"{p}{f' : {p.commitment}' if p.commitment else ''}" for p in a.partners.all()
        ),
        steps=tuple(_milestone(s, by_pk) for s in steps),
        progress=progress.of(a, today).said,
        investment_ht=_exact(a.investment_ht),
        investment_ttc=_exact(a.investment_ttc),
        operating=_exact(a.operating),
        upkeep=_exact(a.upkeep),
        basis=str(a.get_basis_display()),
        lines=tuple(_line(x, plan) for x in lines),
        sums=sums_of(plan),
        follow=tuple(_follow(t, names, labels) for t in a.tracked.all()),
        goals=tuple(f"ODD {g} : {g.why}" for g in a.gradings.all()),
        evidence=tuple(
            f"{x.sentence} ({x.added_on:%d/%m/%Y})" for x in a.links.all() if x.removed_on is None
        ),
        decisions=tuple(
            f"{d.decided_on:%d/%m/%Y}, {d.get_body_display()} : {d.said}. {d.reason}"
            for d in a.decisions.all()
        ),
        pieces=tuple(
            f"{x.title} ({x.get_kind_display()}, {x.added_on:%d/%m/%Y})"
            for x in a.pieces.all()
            if x.removed_on is None
        ),
    )


def _origin(a: Action) -> str:
    label = str(a.get_origin_display())
    return f"{label} : {a.origin_label}" if a.origin_label else label


def _milestone(s: Step, by_pk: dict[int, Step]) -> Milestone:
    days = {
        name: day.isoformat() if day else None
        for name, day in (("starts_on", s.starts_on), ("due_on", s.due_on), ("done_on", s.done_on))
    }
    after = by_pk.get(s.after_id or 0)
    return Milestone(label=s.label, after=str(after or ""), who=str(s.organisation or ""), **days)


def _line(x: FundingLine, plan: Plan) -> Line:
    fund = funds.BY_ID.get(x.fund)
    return Line(
        funder=x.funder,
        payer=str(x.get_payer_display()),
        fund=fund.label if fund else "",
        line=x.line,
        reference=x.reference,
        nature=str(x.get_nature_display()),
        credit=str(x.get_credit_display()),
        amount=_exact(x.amount),
        amount_said=euros(x.amount),
        rate=share(x.amount, plan.cost) if x.amount is not None else "",
        status=str(x.get_status_display()),
    )


def _follow(t: Tracked, names: dict[str, str], labels: dict[str, str]) -> Follow:
    return Follow(
        kind=str(t.get_kind_display()),
        label=t.label,
        place=names.get(t.zone, t.zone) if t.zone else "",
        unit=t.unit,
        baseline=figure(t.baseline, t.unit) if not t.indicator else "valeur du diagnostic",
        target_2027=figure(t.target_2027, t.unit),
        target_2030=figure(t.target_2030, t.unit),
        source=t.source or ("diagnostic" if t.indicator else ""),
        every_months=t.every_months,
        indicator=labels.get(t.indicator, t.indicator),
    )
