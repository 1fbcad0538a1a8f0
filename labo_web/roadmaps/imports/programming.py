"""The yearly programming as a file, and its money split between neighbourhoods by a stated rule.

The names of columns of an extraction of Dauphin, or of the open data of the BOP 147, vary: those
below are recognised, to be checked against each year's file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db import transaction

from labo.diagnosis import PRESENT
from labo_web.accounts.models import Person
from labo_web.releases.models import Release, Value
from labo_web.roadmaps.imports.cells import Wrong, rows_of
from labo_web.roadmaps.models import Grant, Programming, Roadmap

CENT = Decimal("0.01")
NEEDED = ("porteur", "action", "montant")
COLUMNS: dict[str, tuple[str, ...]] = {
    "porteur": ("demandeur", "bénéficiaire", "nom du bénéficiaire", "association", "organisme"),
    "action": ("intitulé", "intitulé de l’action", "objet", "nom de l’action", "titre"),
    "montant": ("montant attribué", "montant accordé", "subvention", "crédits spécifiques"),
    "droit commun": ("montant droit commun", "crédits de droit commun"),
    "quartiers": ("qpv", "quartier", "code qpv", "quartiers prioritaires", "localisation"),
}


def read(
    content: bytes, name: str, names: Mapping[str, str]
) -> tuple[list[dict[str, Any]], list[Wrong]]:
    """Return the grants of a file, and all that is wrong in it.

    Raises:
        ValidationError: it cannot be read at all.
    """
    rows, wrong = rows_of(content, name, COLUMNS, NEEDED)
    found = [
        {
            "applicant": row.text("porteur", 200, needed=True),
            "title": row.text("action", 300, needed=True),
            "amount": row.amount("montant", needed=True),
            "ordinary": row.amount("droit commun"),
            "zones": row.zones("quartiers", names),
        }
        for row in rows
    ]
    return found, wrong


@transaction.atomic
def write(
    roadmap: Roadmap, grants: Iterable[Mapping[str, Any]], *, year: int, rule: str, name: str,
    by: Person,
) -> Programming:  # fmt: skip
    """Keep a file; that of the same year which came before stays, and no longer counts."""
    made = Programming.objects.create(
        roadmap=roadmap, year=year, rule=rule, name=name[:200], signature=by.sign()
    )
    Grant.objects.bulk_create(Grant(programming=made, **g) for g in grants)
    return made


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Return parts of an amount that add up to it to the cent, in proportion to weights.

    What is left of the rounding goes, cent by cent, to the largest remainders, then to the first.
    """
    total = sum(weights, Decimal(0))
    if not total:
        return split(amount, [Decimal(1)] * len(weights)) if weights else []
    exact = [amount * w / total for w in weights]
    parts = [x.quantize(CENT, ROUND_DOWN) for x in exact]
    left = int((amount - sum(parts, Decimal(0))) / CENT)
    order = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in order[:left]:
        parts[n] += CENT
    return parts


@dataclass(frozen=True)
class Part:
    """What falls to a neighbourhood of one grant; ordinary law is None where none was told."""

    specific: Decimal
    ordinary: Decimal | None
    alone: bool  # the grant is for this neighbourhood only: nothing was split


@dataclass(frozen=True)
class Share:
    """What falls to a neighbourhood, or to the whole territory (an empty code)."""

    zone: str
    parts: tuple[Part, ...]

    @property
    def specific(self) -> Decimal:
        """Of specific credits."""
        return sum((p.specific for p in self.parts), Decimal(0))

    @property
    def own(self) -> Decimal:
        """Of `specific`, what is for this neighbourhood alone."""
        return sum((p.specific for p in self.parts if p.alone), Decimal(0))

    @property
    def ordinary(self) -> Decimal | None:
        """Of ordinary law; None where none was told."""
        told = [p.ordinary for p in self.parts if p.ordinary is not None]
        return sum(told, Decimal(0)) if told else None

    @property
    def untold(self) -> int:
        """Grants whose ordinary law was not told."""
        return sum(p.ordinary is None for p in self.parts)

    @property
    def by_rule(self) -> bool:
        """Whether some specific credits are a part of an amount: no more exact than the rule."""
        return any(not p.alone for p in self.parts)

    @property
    def ordinary_by_rule(self) -> bool:
        """The same of ordinary law."""
        return any(not p.alone for p in self.parts if p.ordinary is not None)


def shares(made: Programming, residents: Mapping[str, Decimal]) -> list[Share]:
    """Return what falls to each neighbourhood, and to the whole territory (an empty code)."""
    found: dict[str, list[Part]] = {}
    for grant in made.grants.all():
        zones = grant.zones or [""]
        by_residents = made.rule == Programming.Rule.RESIDENTS and all(
            zone in residents for zone in zones
        )
        weights = [residents[z] if by_residents else Decimal(1) for z in zones]
        specific = split(grant.amount, weights)
        told = grant.ordinary
        ordinary = [None] * len(zones) if told is None else split(told, weights)
        for zone, one, other in zip(zones, specific, ordinary, strict=True):
            found.setdefault(zone, []).append(Part(one, other, len(zones) == 1))
    return [Share(zone, tuple(parts)) for zone, parts in found.items()]


def residents_of(release: Release | None) -> dict[str, Decimal]:
    """Return the residents of each neighbourhood of a release, those that are known."""
    if release is None:
        return {}
    found = Value.objects.filter(
        zone__release=release, indicator__name="population", scenario=PRESENT,
        central__isnull=False,
    ).values_list("zone__code", "central")  # fmt: skip
    return {code: Decimal(str(round(value or 0.0, 3))) for code, value in found}
