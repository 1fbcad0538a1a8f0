"""The one registry of units: a unit that it cannot parse cannot be declared."""

import re
import tokenize

import pint

registry: "pint.UnitRegistry[float]" = pint.UnitRegistry()
# What a neighbourhood and what is done there are counted in. They are counts: 1 household is not 1
# resident, so each has its own dimension and pint refuses to add them. A post is one full-time
# worker.
COUNTS = ("resident", "household", "dwelling")
for _count in (*COUNTS, "euro", "tree", "place", "post"):
    registry.define(f"{_count} = [{_count}]")

LONGEST = 100
# pint reads an expression as Python does, and each way of writing it wrong raises something else:
# "euro /" is asserted not to be, "1/0" divides, "a[0]" is of a wrong type.
NOT_UNDERSTOOD = (
    *(pint.PintError, ValueError, TypeError, ArithmeticError, AssertionError, AttributeError),
    *(LookupError, SyntaxError, RecursionError, tokenize.TokenError),
)
# What pint would work out as a number before it looks at units, which may never end: 9**9**9.
COMPUTED = re.compile(r"\d{5}|[\d)]\s*(?:\*\*|\^)")


def parse(unit: str) -> pint.Unit:
    """Return the unit written `unit`; "1" is a pure number such as a share.

    Raises:
        ValueError: the registry does not know it, or it is not written as one.
    """
    if unit == "1":
        return registry.Unit("dimensionless")
    if len(unit) > LONGEST or COMPUTED.search(unit):
        raise ValueError(
            f"{unit[:LONGEST]!r} is not a unit; write '1' or one such as 'm**2 / resident'."
        )
    try:
        parsed = registry.parse_units(unit)
    except NOT_UNDERSTOOD as error:
        raise ValueError(
            f"{unit!r} is not a unit; write '1' or one such as 'm**2 / resident'."
        ) from error
    if parsed.dimensionless:
        raise ValueError(f"{unit!r} is a pure number: its unit is written '1'.")
    return parsed
