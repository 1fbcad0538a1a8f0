"""Which two values of releases make no evolution, as producers say: see `labo.comparability`."""

from __future__ import annotations

from labo.catalogue import INDICATORS, LAYERS
from labo.comparability import RULES, Rule
from labo.comparison import SAME_COVERAGE
from labo_web.releases.models import Release, Value


def refused(first: Value, second: Value) -> str:
    """Return why one value after the other is no evolution; nothing where it may be one.

    Both are of the present, of one zone and one indicator: no reference system of climate differs.
    """
    one, two = first.zone.release, second.zone.release
    if one.pk == two.pk:
        return ""
    found = next((rule.reason for rule in RULES if _meets(rule, first, second)), "")
    # Residents and officers have no command line.
    return found.replace(" (`labo bridge`)", "").replace("'", "’")


def _meets(rule: Rule, first: Value, second: Value) -> bool:
    one, two = first.zone.release, second.zone.release
    if rule.differs == "generations":
        return first.zone.kind == "qpv" and one.generation != two.generation
    if not _rests_on(first.indicator.name, rule.dataset):
        return False
    if rule.differs == "coverage":
        apart = (first.availability or 0.0) - (second.availability or 0.0)
        return abs(apart) > SAME_COVERAGE
    if rule.differs == "vintages":
        return _too_near(_vintages(one, rule.dataset), _vintages(two, rule.dataset), rule.years)
    return False


def _rests_on(indicator: str, dataset: str) -> bool:
    """Return whether all that an indicator reads comes from a dataset; a partner's never does."""
    if indicator not in INDICATORS:
        return False
    # The first source is what a layer reads; others say where it lies.
    return all(LAYERS[x].sources[0].startswith(dataset) for x in INDICATORS[indicator].layers)


def _vintages(release: Release, dataset: str) -> dict[str, str]:
    """Return the vintage of each file of a dataset, by the source's name without its own."""
    return {
        s["id"].removesuffix(f"_{s['vintage']}"): s["vintage"]
        for s in release.sources
        if s["id"].startswith(dataset)
    }


def _too_near(before: dict[str, str], after: dict[str, str], years: int | None) -> bool:
    return any(
        before[x] != after[x]
        and (years is None or abs(int(before[x][:4]) - int(after[x][:4])) < years)
        for x in before.keys() & after.keys()
    )
