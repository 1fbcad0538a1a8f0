"""The one registry of units: a unit that it cannot parse cannot be declared."""

import tokenize

import pint

registry: "pint.UnitRegistry[float]" = pint.UnitRegistry()
# What a neighbourhood and what is done there are counted in. They are counts: 1 household is not 1
# resident, so each has its own dimension and pint refuses to add them. A post is one full-time
# worker.
COUNTS = ("resident", "household", "dwelling")
for _count in (*COUNTS, "euro", "tree", "place", "post"):
    registry.define(f"{_count} = [{_count}]")


def parse(unit: str) -> pint.Unit:
    """Return the unit written `unit`; "1" is a pure number such as a share.

    Raises:
        ValueError: the registry does not know it, or it is not written as one.
    """
    if unit == "1":
        return registry.Unit("dimensionless")
    try:
        parsed = registry.parse_units(unit)
    except (pint.PintError, ValueError, AssertionError, tokenize.TokenError) as error:
        # pint asserts where an expression is cut short, as in "euro /".
        raise ValueError(
            f"{unit!r} is not a unit; write '1' or one such as 'm**2 / resident'."
        ) from error
    if parsed.dimensionless:
        raise ValueError(f"{unit!r} is a pure number: its unit is written '1'.")
    return parsed
