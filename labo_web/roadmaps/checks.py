"""Checks that help: each is one function that says the problem, the repair and the culprits.

None of them blocks: a sheet is never refused for what it does not say yet.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from labo.options import Loss
from labo.portfolio_words import LOSSES
from labo.typography import curled
from labo_web.accounts.models import Organisation
from labo_web.roadmaps import funds
from labo_web.roadmaps.amounts import euros, share
from labo_web.roadmaps.models import Action, FundingLine, Level, Priority, Step
from labo_web.roadmaps.models.sheet import ALIVE, COMMITTED
from labo_web.roadmaps.money import plan_of
from labo_web.roadmaps.naming import folded

ROUNDING = Decimal("1")  # euros between HT and TTC that rounding may make
# Share of all public funding that whoever has works done pays itself: CGCT, art. L1111-10, III,
# for local authorities and their groupings; works of urban renewal may be exempted. To check.
OWN_SHARE = Decimal("0.20")
VAT_RATES = ("20", "10", "5,5", "0")


@dataclass(frozen=True)
class Problem:
    """What is wrong, what mends it, and what makes it so."""

    check: str
    problem: str
    repair: str
    culprits: tuple[str, ...]
    section: str
    action: Action | None = None


def _said(found: Iterable[object]) -> tuple[str, ...]:
    return tuple(str(x) for x in found)


# Money


def taxes(action: Action) -> Iterator[Problem]:
    """HT, TTC and the rate say the same thing."""
    ht, ttc, rate = action.investment_ht, action.investment_ttc, action.vat
    if ht is None or ttc is None:
        return
    named = (f"{euros(ht)} HT", f"{euros(ttc)} TTC")
    if ttc < ht:
        yield Problem(
            "HT et TTC", "Le montant TTC est plus petit que le montant HT.",
            "Échangez-les, ou corrigez celui qui est faux.", named, "argent", action,
        )  # fmt: skip
    elif rate is None:
        if ttc != ht:
            yield Problem(
                "HT et TTC", "HT et TTC diffèrent, et le taux de TVA n’est pas dit.",
                f"Choisissez le taux : {', '.join(VAT_RATES)} %.", named, "argent", action,
            )  # fmt: skip
    elif abs(ht * (1 + rate / 100) - ttc) > ROUNDING:
        wanted = (ht * (1 + rate / 100)).quantize(Decimal("0.01"))
        yield Problem(
            "HT et TTC", f"Avec {str(rate).replace('.', ',')} % de TVA, {euros(ht)} HT font "
            f"{euros(wanted)} TTC.", "Corrigez le taux ou l’un des deux montants.",
            named, "argent", action,
        )  # fmt: skip


def own_share(action: Action) -> Iterator[Problem]:
    """A local authority pays at least 20 % of the public money of its works."""
    if action.pilot is None or action.pilot.kind != Organisation.Kind.AUTHORITY:
        return
    plan = plan_of([action])
    if action.urban_renewal or not plan.public or plan.own >= OWN_SHARE * plan.public:
        return
    wanted = (OWN_SHARE * plan.public).quantize(Decimal("0.01"))
    yield Problem(
        "Part du porteur",
        f"Le porteur apporte {share(plan.own, plan.public)} des financements publics de "
        f"l’investissement ; il lui en faut 20 % (article L1111-10 du CGCT, à vérifier), soit "
        f"{euros(wanted)}.",
        "Augmentez la part du porteur, ou dites que l’action est dans une convention de "
        "renouvellement urbain, si elle l’est.",
        _said(
            f"{x} : {euros(x.amount)}"
            for x in action.funding.all()
            if x.counts and x.nature == FundingLine.Nature.INVESTMENT
        ),
        "argent",
        action,
    )


def line_twice(action: Action) -> Iterator[Problem]:
    """The same money is not counted twice in an action."""
    seen: dict[tuple[str, str, str], FundingLine] = {}
    for line in action.funding.all():
        key = (folded(line.funder), folded(line.line), line.nature)
        if line.counts and key in seen:
            yield Problem(
                "Ligne en double", f"« {line} » est deux fois dans le plan de financement.",
                "Gardez une seule ligne, ou dites ce qui les distingue dans « ligne ».",
                (f"{euros(seen[key].amount)}", f"{euros(line.amount)}"), "argent", action,
            )  # fmt: skip
        if line.counts:
            seen.setdefault(key, line)


def file_twice(actions: Sequence[Action]) -> Iterator[Problem]:
    """The same grant file does not pay two actions."""
    by_file: dict[str, list[Action]] = {}
    for action in actions:
        files = {folded(x.reference) for x in action.funding.all() if x.counts and x.reference}
        for name in files:
            by_file.setdefault(name, []).append(action)
    for name, found in by_file.items():
        if len(found) > 1:
            yield Problem(
                "Ligne en double",
                f"Le dossier « {name} » finance {len(found)} actions.",
                "Répartissez son montant entre elles avec un numéro par part, ou retirez-le "
                "de l’une.",
                _said(found), "argent", found[-1],
            )  # fmt: skip


def balance(action: Action) -> Iterator[Problem]:
    """The plan covers the cost, neither more nor less."""
    plan = plan_of([action])
    if plan.gap is None or not action.funding.all() or plan.unknown:
        return
    if abs(plan.gap) > ROUNDING:
        less = plan.gap > 0
        yield Problem(
            "Équilibre", f"Le plan de financement fait {euros(plan.total)} pour un coût de "
            f"{euros(plan.cost)} : {'il manque' if less else 'il y a en trop'} "
            f"{euros(abs(plan.gap))}.",
            "Ajoutez le financeur qui manque." if less else "Corrigez le coût ou une ligne.",
            _said(f"{x} : {euros(x.amount)}" for x in action.funding.all() if x.counts),
            "argent", action,
        )  # fmt: skip


def upkeep(action: Action) -> Iterator[Problem]:
    """Works are kept up for ten years by somebody who pays."""
    if not action.investment_ht and not action.investment_ttc:
        return
    if action.upkeep is None:
        yield Problem(
            "Entretien", "L’entretien sur 10 ans n’est pas chiffré.",
            "Donnez son coût, même s’il est nul, et dites qui le paie.", (), "argent", action,
        )  # fmt: skip
    elif action.upkeep and not action.upkeep_by:
        yield Problem(
            "Entretien", f"Personne ne paie l’entretien ({euros(action.upkeep)} sur 10 ans).",
            "Dites qui le paie : sans cela l’action dépend d’un entretien que personne ne finance.",
            (), "argent", action,
        )  # fmt: skip


def eligibility(action: Action) -> Iterator[Problem]:
    """No fund is asked for what its own rules leave out."""
    if action.pilot is None:
        return
    place = "renewal" if action.urban_renewal else "qpv" if action.zones else "anywhere"
    for line in action.funding.all():
        fund = funds.BY_ID.get(line.fund)
        if fund is None or not line.counts:
            continue
        verdict = funds.eligible(fund, action.pilot.kind, line.nature, place)
        if verdict.answer == funds.NO:
            yield Problem(
                "Éligibilité", f"« {fund.label} » ne peut pas être demandé ici : "
                f"{' ; '.join(verdict.because)} (règle à vérifier : {fund.source}).",
                "Changez de dispositif, ou vérifiez la règle auprès du financeur.",
                (f"{line} : {euros(line.amount)}",), "argent", action,
            )  # fmt: skip


# People and days


def nobody(action: Action) -> Iterator[Problem]:
    """Somebody answers for the action."""
    if action.level in ALIVE and action.level != Level.IDEA and action.pilot is None:
        yield Problem(
            "Pilote", "Personne n’est en charge de cette action.",
            "Choisissez un organisme pilote.", (action.carrier,), "partenaires", action,
        )  # fmt: skip


def days(action: Action) -> Iterator[Problem]:
    """A step ends after it begins, and begins after the one it waits for."""
    steps = list(action.steps.all())
    by_pk = {s.pk: s for s in steps}
    for s in steps:
        if s.starts_on and s.due_on and s.due_on < s.starts_on:
            yield Problem(
                "Dates", f"« {s} » finit avant de commencer.", "Corrigez l’une des deux dates.",
                (f"{s.starts_on:%d/%m/%Y}", f"{s.due_on:%d/%m/%Y}"), "etapes", action,
            )  # fmt: skip
        first = by_pk.get(s.after_id or 0)
        if first and first.due_on and s.due_on and s.due_on < first.due_on:
            yield Problem(
                "Dates", f"« {s} » vient après « {first} », mais son échéance est avant.",
                "Reculez son échéance, ou changez l’étape qu’elle attend.",
                (f"{first.due_on:%d/%m/%Y}", f"{s.due_on:%d/%m/%Y}"), "etapes", action,
            )  # fmt: skip
        if s.done_on and s.starts_on and s.done_on < s.starts_on:
            yield Problem(
                "Dates", f"« {s} » est faite avant d’avoir commencé.",
                "Corrigez l’une des deux dates.",
                (f"{s.starts_on:%d/%m/%Y}", f"{s.done_on:%d/%m/%Y}"), "etapes", action,
            )  # fmt: skip


def circle(steps: Sequence[Step]) -> list[Step]:
    """Return steps that wait for one another in a circle; nothing when none do."""
    waits = {s.pk: s.after_id for s in steps}
    by_pk = {s.pk: s for s in steps}
    for start in waits:
        path, here = [start], waits[start]
        while here is not None and here in waits and here not in path:
            path.append(here)
            here = waits[here]
        if here == start:
            return [by_pk[pk] for pk in path]
    return []


def circles(action: Action) -> Iterator[Problem]:
    """No step waits for itself."""
    if found := circle(list(action.steps.all())):
        yield Problem(
            "Étapes en boucle", "Ces étapes s’attendent l’une l’autre : aucune ne peut commencer.",
            "Enlevez l’une des attentes.", _said(found), "etapes", action,
        )  # fmt: skip


def first_step(action: Action) -> Iterator[Problem]:
    """Something is done within 90 days of the commitment."""
    if action.level != Level.ENGAGED:
        return
    since = max(
        (d.decided_on for d in action.decisions.all() if d.after == Level.ENGAGED), default=None
    )
    last = since + dt.timedelta(90) if since else None
    due = [s.due_on for s in action.steps.all() if s.due_on]
    if last and not any(day <= last for day in due):
        yield Problem(
            "Première étape", f"Aucune étape n’est prévue avant le {last:%d/%m/%Y}, soit 90 jours "
            "après l’engagement.", "Ajoutez une première étape que l’on peut faire tout de suite.",
            (action.first_step,), "etapes", action,
        )  # fmt: skip


# What it is for


def result(action: Action) -> Iterator[Problem]:
    """An indicator tells whether the action changed anything."""
    ready = (*COMMITTED, Level.READY)
    if action.level in ready and not any(t.kind == "result" for t in action.tracked.all()):
        yield Problem(
            "Indicateur de résultat", "Rien ne dira si cette action a changé quelque chose.",
            "Ajoutez un indicateur de résultat, avec sa valeur de départ et ses cibles.",
            _said(action.tracked.all()), "indicateurs", action,
        )  # fmt: skip


def halves(action: Action) -> Iterator[Problem]:
    """Both halves of the sheet are filled before it is published."""
    empty = [half for half, filled in action.halves.items() if not filled]
    if action.level in (*COMMITTED, Level.READY, Level.STUDY) and empty:
        yield Problem(
            "Les deux moitiés", f"La moitié « {' » et la moitié « '.join(empty)} » est vide.",
            "Dites ce qu’elle fait à l’environnement, à qui elle profite et qui pourrait y perdre.",
            (), "effets", action,
        )  # fmt: skip


# Words by which a sheet speaks of each loss that a choice under a budget asks about
# (`labo.equity.missing`): there they are columns, here they are sentences that people write.
SPOKEN: Mapping[Loss, re.Pattern[str]] = {
    "rent": re.compile(r"\bloyer", re.IGNORECASE),
    "charges": re.compile(r"\bcharges?\b|\bfactures?\b", re.IGNORECASE),
    "displacement": re.compile(
        r"\bparti[rt]|\bdéparts?\b|\bdéménag|\brelog|\bévinc|\bévic|\bchass", re.IGNORECASE
    ),
    "upkeep": re.compile(r"\bentret[ei]", re.IGNORECASE),
}


# To say that nobody loses is an answer.
NOBODY = re.compile(r"\bpersonne\b(?! (?:seule|âgée|malade))|\baucune? perdant", re.IGNORECASE)


def losses(action: Action) -> Iterator[Problem]:
    """The half of justice answers what a choice under a budget asks: how many, who could lose."""
    if action.level not in (*COMMITTED, Level.READY) or not action.halves["justice"]:
        return
    told = f"{action.loses}\n{action.risks}\n{action.upkeep_by}"
    lacks = []
    if not NOBODY.search(action.loses):
        lacks = [curled(LOSSES[loss]) for loss, words in SPOKEN.items() if not words.search(told)]
    if action.headcount is None:
        lacks.insert(0, "combien de personnes en profitent")
    if lacks:
        yield Problem(
            "Qui gagne, qui perd",
            "Cette moitié ne répond pas encore à tout ce que demande un choix sous budget.",
            "Dites-le, même pour écrire que personne n’y perd ou que l’on ne sait pas.",
            tuple(lacks), "effets", action,
        )  # fmt: skip


def uncovered(
    priorities: Sequence[Priority], actions: Sequence[Action], labels: Mapping[int, str]
) -> Iterator[Problem]:
    """Each vulnerability that was declared urgent has an action; `labels` name them."""
    answered = {
        link.priority_id
        for action in actions
        if action.level != Level.ABANDONED
        for link in action.links.all()
        if link.kind == "priority" and link.removed_on is None
    }
    for p in priorities:
        if p.pk not in answered:
            yield Problem(
                "Vulnérabilité sans action",
                f"Aucune action ne répond à une vulnérabilité déclarée prioritaire : {p.why}",
                "Reliez-lui une action, ou créez-en une depuis le catalogue.",
                (labels.get(p.pk, str(p)),), "liens",
            )  # fmt: skip


Check = Callable[[Action], Iterator[Problem]]
OF_ACTION: tuple[Check, ...] = (
    nobody, halves, losses, result, taxes, own_share, balance, line_twice, eligibility, upkeep,
    days, circles, first_step,
)  # fmt: skip


def of_action(action: Action) -> list[Problem]:
    """Return what is wrong with a sheet; nothing is asked of one that was abandoned."""
    if action.level == Level.ABANDONED:
        return []
    return [problem for check in OF_ACTION for problem in check(action)]


def of_roadmap(
    actions: Sequence[Action],
    priorities: Sequence[Priority],
    labels: Mapping[int, str] | None = None,
) -> list[Problem]:
    """Return what is wrong with a roadmap, sheet by sheet, then between sheets."""
    alive = [a for a in actions if a.level != Level.ABANDONED]
    found = [problem for action in alive for problem in of_action(action)]
    return [*uncovered(priorities, alive, labels or {}), *found, *file_twice(alive)]
