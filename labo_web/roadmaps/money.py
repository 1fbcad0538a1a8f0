"""What a funding plan adds up to. One function computes it, for pages and every export."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from labo_web.roadmaps.models import Action, FundingLine
from labo_web.roadmaps.models.sheet import PUBLIC_PAYERS

ZERO = Decimal(0)


@dataclass(frozen=True)
class Plan:
    """Sums of the lines of one or more actions, in euros; refused lines are left out.

    `unknown` counts the lines whose amount was not given: no sum holds them.
    """

    cost: Decimal | None
    total: Decimal
    secured: Decimal
    asked: Decimal
    ordinary: Decimal
    specific: Decimal
    lines: int  # that are still hoped for; without any, no sum is told as zero
    unknown: int
    unknown_ordinary: int
    own: Decimal  # of investment
    public: Decimal  # of investment

    @property
    def gap(self) -> Decimal | None:
        """What is still missing (positive) or too much (negative)."""
        return None if self.cost is None else self.cost - self.total

    @property
    def ordinary_said(self) -> Decimal | None:
        """The ordinary law's money; None where no line of it has an amount."""
        return None if self.unknown_ordinary and not self.ordinary else self.ordinary


def plan_of(actions: Iterable[Action]) -> Plan:
    """Return the sums of actions, each with its lines."""
    found = list(actions)
    lines = [line for action in found for line in action.funding.all() if line.counts]
    costs = [action.cost for action in found if action.cost is not None]
    works = [x for x in lines if x.nature == FundingLine.Nature.INVESTMENT]
    return Plan(
        cost=sum(costs, ZERO) if costs else None,
        total=_sum(lines),
        secured=_sum(x for x in lines if x.status == FundingLine.Status.SECURED),
        asked=_sum(x for x in lines if x.status == FundingLine.Status.ASKED),
        ordinary=_sum(x for x in lines if x.credit == FundingLine.Credit.ORDINARY),
        specific=_sum(x for x in lines if x.credit == FundingLine.Credit.SPECIFIC),
        lines=len(lines),
        unknown=sum(x.amount is None for x in lines),
        unknown_ordinary=sum(
            x.amount is None and x.credit == FundingLine.Credit.ORDINARY for x in lines
        ),
        own=_sum(x for x in works if x.payer == FundingLine.Payer.OWN),
        public=_sum(x for x in works if x.payer in PUBLIC_PAYERS),
    )


def _sum(lines: Iterable[FundingLine]) -> Decimal:
    return sum((x.amount for x in lines if x.amount is not None), ZERO)
