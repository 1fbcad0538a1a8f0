"""Checks say the problem, the repair and the culprits; one function reads the table of funds."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labo_web.accounts.models import Organisation
from labo_web.releases.models import Release
from labo_web.roadmaps import checks, funds
from labo_web.roadmaps.models import (
    Action,
    Decision,
    FundingLine,
    Priority,
    Roadmap,
    Step,
    Tracked,
)
from labo_web.roadmaps.money import plan_of


@pytest.fixture
def action(release: Release) -> Action:
    roadmap = Roadmap.objects.create(territory=release.territory, title="R")
    pilot = Organisation.objects.create(name="Ville", kind="authority")
    return Action.objects.create(
        roadmap=roadmap, number=1, origin="nothing", title="Planter", finding="f", carrier="c",
        first_step="s", pilot=pilot, level="ready",
    )  # fmt: skip


def line(action: Action, amount: str | None, payer: str = "state", **more: Any) -> FundingLine:
    fields: dict[str, Any] = {
        "funder": f"{payer} {amount}",
        "nature": "investment",
        "credit": "ordinary",
    } | more
    fields["amount"] = None if amount is None else Decimal(amount)
    return FundingLine.objects.create(action=action, payer=payer, **fields)


def said(check: checks.Check, action: Action) -> list[checks.Problem]:
    found = list(check(Action.objects.whole().get(pk=action.pk)))
    for p in found:
        assert p.problem.endswith(".")
        assert p.repair.endswith(".")
        assert p.section in {"argent", "partenaires", "etapes", "indicateurs", "effets", "liens"}
    return found


@pytest.mark.parametrize(
    ("ht", "rate", "ttc", "wrong"),
    [
        ("100", "20", "120", ""), ("100", "5.5", "105.50", ""), ("100", None, "100", ""),
        ("100", "20", "120.90", ""), ("100", "20", "130", "font 120"),
        ("120", "20", "100", "plus petit"), ("100", None, "120", "n’est pas dit"),
        ("100", "20", None, ""),
    ],
)  # fmt: skip
def test_ht_and_ttc(action: Action, ht: str, rate: str | None, ttc: str | None, wrong: str) -> None:
    action.investment_ht = Decimal(ht)
    if rate:
        action.vat = Decimal(rate)
    if ttc:
        action.investment_ttc = Decimal(ttc)
    action.save()
    found = said(checks.taxes, action)
    assert [wrong in p.problem for p in found] == ([True] if wrong else [])
    if found:
        assert "HT" in found[0].culprits[0]


def test_own_share_is_of_local_authorities_and_their_works(action: Action) -> None:
    line(action, "15", "own")
    line(action, "85", "state")
    line(action, "900", "private")  # not public money
    line(action, "900", "state", nature="operating", funder="f")
    [p] = said(checks.own_share, action)
    assert "15\u202f%" in p.problem
    assert "20\u202f€" in p.problem
    assert len(p.culprits) == 3
    action.urban_renewal = True
    action.save()
    assert said(checks.own_share, action) == []
    action.urban_renewal = False
    assert action.pilot is not None
    action.pilot.kind = "association"
    action.pilot.save()
    action.save()
    assert said(checks.own_share, action) == []


@given(own=st.integers(0, 100), other=st.integers(0, 100))
def test_own_share_holds_from_a_fifth_on(own: int, other: int) -> None:
    lines = [FundingLine(payer="own", amount=Decimal(own), nature="investment"),
             FundingLine(payer="state", amount=Decimal(other), nature="investment")]  # fmt: skip

    class Fake:
        pilot = Organisation(kind="authority")
        urban_renewal = False
        cost = None

        class funding:  # noqa: N801
            @staticmethod
            def all() -> list[FundingLine]:
                return lines

    wrong = bool(list(checks.own_share(Fake())))  # type: ignore[arg-type]
    assert wrong == (5 * own < own + other)


def test_no_line_twice(action: Action) -> None:
    line(action, "10", funder="Agence de l'Eau", line="Sols")
    line(action, "12", funder="agence de l’eau", line="sols")
    [p] = said(checks.line_twice, action)
    assert p.culprits == ("10\u202f€", "12\u202f€")
    FundingLine.objects.filter(amount=12).update(status="refused")
    assert said(checks.line_twice, action) == []


def test_no_file_in_two_actions(action: Action) -> None:
    other = Action.objects.create(
        roadmap=action.roadmap, number=2, origin="nothing", title="b", finding="f", carrier="c",
        first_step="s",
    )  # fmt: skip
    line(action, "10", reference="EX 12")
    line(other, "10", reference="ex-12")
    found = checks.of_roadmap(list(Action.objects.whole()), [])
    [p] = [p for p in found if "dossier" in p.problem]
    assert len(p.culprits) == 2


def test_the_plan_covers_the_cost(action: Action) -> None:
    action.investment_ht = Decimal(100)
    action.save()
    line(action, "60")
    [p] = said(checks.balance, action)
    assert "il manque 40" in p.problem
    line(action, "50")
    [p] = said(checks.balance, action)
    assert "en trop 10" in p.problem
    line(action, None)
    assert said(checks.balance, action) == []  # an unknown amount: nothing can be said


def test_upkeep_is_paid(action: Action) -> None:
    assert said(checks.upkeep, action) == []
    action.investment_ht = Decimal(100)
    action.save()
    assert "pas chiffré" in said(checks.upkeep, action)[0].problem
    action.upkeep = Decimal(10)
    action.save()
    assert "Personne ne paie" in said(checks.upkeep, action)[0].problem
    action.upkeep_by = "ville"
    action.save()
    assert said(checks.upkeep, action) == []


def test_days_circles_and_nobody(action: Action) -> None:
    first = Step.objects.create(action=action, position=1, label="a", due_on=dt.date(2027, 5, 2))
    second = Step.objects.create(
        action=action, position=2, label="b", starts_on=dt.date(2027, 6, 1),
        due_on=dt.date(2027, 4, 1), done_on=dt.date(2027, 1, 1), after=first,
    )  # fmt: skip
    assert len(said(checks.days, action)) == 3
    assert said(checks.circles, action) == []
    first.after = second
    first.save()
    [p] = said(checks.circles, action)
    assert p.culprits == ("a", "b")
    action.pilot = None
    action.save()
    assert "Personne n’est en charge" in said(checks.nobody, action)[0].problem


@given(st.lists(st.integers(0, 8), min_size=1, max_size=8))
def test_a_circle_is_found_when_there_is_one(after: list[int]) -> None:
    steps = [
        Step(pk=n, label=str(n), after_id=a if 0 < a <= len(after) else None)
        for n, a in enumerate(after, 1)
    ]
    reach = {s.pk: s.after_id for s in steps}

    def loops(pk: int) -> bool:
        here = reach[pk]
        for _ in steps:
            if here == pk:
                return True
            here = reach.get(here) if here is not None else None
        return False

    found = checks.circle(steps)
    assert bool(found) == any(map(loops, reach))
    for one, two in zip(found, [*found[1:], *found[:1]], strict=True):
        assert one.after_id == two.pk


def test_result_halves_and_first_step(action: Action) -> None:
    assert len(said(checks.result, action)) == 1
    Tracked.objects.create(action=action, kind="result", label="x")
    assert said(checks.result, action) == []
    assert "environnement » et la moitié « justice" in said(checks.halves, action)[0].problem
    action.level = "engaged"
    action.save()
    Decision.objects.create(
        action=action, subject="level", body="copil", decided_on=dt.date(2026, 1, 1), reason="r",
        before="ready", after="engaged",
    )  # fmt: skip
    step = Step.objects.create(action=action, position=1, label="a", due_on=dt.date(2026, 4, 2))
    assert "01/04/2026" in said(checks.first_step, action)[0].problem
    step.due_on = dt.date(2026, 4, 1)
    step.save()
    assert said(checks.first_step, action) == []


def test_each_priority_has_an_action(action: Action, release: Release) -> None:
    p = Priority.objects.create(
        roadmap=action.roadmap, indicator="poverty_share", release=release, why="Ici."
    )
    actions = list(Action.objects.whole())
    [found] = checks.uncovered([p], actions, {p.pk: "La place"})
    assert found.culprits == ("La place",)
    action.links.create(kind="priority", priority=p, sentence="Elle y répond.")
    assert list(checks.uncovered([p], list(Action.objects.whole()), {})) == []
    # An abandoned action answers nothing, and nothing is asked of it.
    Action.objects.update(level="abandoned")
    assert [x.check for x in checks.of_roadmap(list(Action.objects.whole()), [p])] == [
        "Vulnérabilité sans action"
    ]


def test_unknown_money_is_in_no_sum(action: Action) -> None:
    line(action, "10", credit="ordinary", status="secured")
    line(action, None, credit="ordinary")
    line(action, "5", credit="specific", status="asked")
    line(action, "99", status="refused")
    plan = plan_of([Action.objects.whole().get()])
    assert [plan.total, plan.secured, plan.asked] == [Decimal(15), Decimal(10), Decimal(5)]
    assert [plan.ordinary_said, plan.specific] == [Decimal(10), Decimal(5)]
    assert plan.unknown == 1
    FundingLine.objects.filter(amount=10).delete()
    assert plan_of([Action.objects.whole().get()]).ordinary_said is None


@pytest.mark.parametrize("fund", funds.FUNDS, ids=lambda x: x.id)
def test_a_line_of_the_table_is_whole_and_to_check(fund: funds.Fund) -> None:
    keys = [*funds.APPLICANTS, *funds.EXPENSES, *funds.PLACES]
    assert {getattr(fund, key) for key in keys} <= set(funds.SAID)
    assert fund.grade == "to_check"
    assert fund.source
    assert fund.condition
    for applicant in funds.APPLICANTS:
        for expense in funds.EXPENSES:
            for place in funds.PLACES:
                v = funds.eligible(fund, applicant, expense, place)
                read = {getattr(fund, key) for key in (applicant, expense, place)}
                assert v.answer in read
                assert v.because
                assert (v.answer == "no") == ("no" in read)
                assert (v.answer == "yes") == (read == {"yes"})


def test_a_fund_is_not_asked_for_what_it_leaves_out(action: Action) -> None:
    line(action, "10", fund="p147")
    line(action, "11", fund="fonds_vert")
    [p] = said(checks.eligibility, action)
    assert "investissement : non" in p.problem
    assert "10\u202f€" in p.culprits[0]
    FundingLine.objects.filter(fund="p147").update(nature="operating")
    assert said(checks.eligibility, action) == []


def test_what_everybody_knows_of_funds() -> None:
    assert funds.eligible(funds.BY_ID["p147"], "association", "investment", "qpv").answer == "no"
    assert funds.eligible(funds.BY_ID["anru"], "authority", "investment", "qpv").answer == "no"
    assert funds.eligible(funds.BY_ID["anru"], "landlord", "investment", "renewal").answer == "yes"
    assert funds.eligible(funds.BY_ID["tfpb"], "landlord", "operating", "qpv").answer == "yes"
    assert funds.eligible(funds.BY_ID["tfpb"], "state", "operating", "qpv").answer == "ask"
