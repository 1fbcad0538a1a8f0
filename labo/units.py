"""The one registry of units: a unit that it cannot parse cannot be declared."""

import pint

registry = pint.UnitRegistry()
# What a neighbourhood is counted in. They are counts: 1 household is not 1 resident, so each has
# its own dimension and pint refuses to add them.
for _count in ("resident", "household", "dwelling", "euro"):
    registry.define(f"{_count} = [{_count}]")


def parse(unit: str) -> pint.Unit:
    """Return the unit written `unit`; "1" is a pure number such as a share.

    Raises:
        ValueError: the registry does not know it.
    """
    try:
        return registry.parse_units("dimensionless" if unit == "1" else unit)
    except pint.UndefinedUnitError as error:
        raise ValueError(f"unknown unit {unit!r}: {error}") from error
