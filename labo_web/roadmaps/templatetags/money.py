"""Amounts and figures in templates, said as everywhere else."""

from decimal import Decimal

from django import template

from labo_web.roadmaps import amounts

register = template.Library()


@register.filter
def euros(value: Decimal | None, missing: str = amounts.UNKNOWN) -> str:
    """Return an amount; what is missing is said."""
    return amounts.euros(value, missing)


@register.filter
def about(value: Decimal | None, missing: str = amounts.UNKNOWN) -> str:
    """Return an amount that a rule gave, no more exact than it; what is missing is said."""
    return amounts.about(value, missing)


@register.filter
def number(value: Decimal | None, unit: str = "") -> str:
    """Return a number with its unit."""
    return amounts.figure(value, unit)


@register.filter
def share_of(part: Decimal | None, whole: Decimal | None) -> str:
    """Return a part of a whole, as a rate."""
    return "" if part is None else amounts.share(part, whole)
