"""Small portfolios for tests: options by hand, and instances by hypothesis."""

from itertools import product

import numpy as np
from hypothesis import strategies as st

from labo.options import LOSSES, Option, Options
from labo.portfolio import Floor, Problem
from labo.ranges import Range

NAN = float("nan")


def exactly(value):
    return Range(value, value, value)


def option(name, **given):
    """An option that costs 1 € and brings 1, unless given otherwise."""
    base = {
        "id": name,
        "label": name,
        "site": "s",
        "zone": "z1",
        "measure": "m",
        "variant_group": "",
        "most": 1,
        "capital": exactly(1.0),
        "upkeep": exactly(0.0),
        "cost_grade": "to_check",
        "benefit": exactly(1.0),
        "effect_grade": "to_check",
        "reference": "",
        "equity": None,
        "beneficiaries": None,
        "shares": None,
        "feasible": True,
        "reason": "",
        "needs": (),
        "excludes": (),
        "overlap_site": 0.0,
        "overlap_zone": 0.0,
        "losses": dict.fromkeys(LOSSES, ""),
    }
    return Option(**(base | given))


def problem_of(*rows, budget=10.0, **given):
    """A problem about the environmental benefit; equity is what the options say of it."""
    equity = np.array([(NAN,) * 3 if row.equity is None else row.equity for row in rows])
    given = {"objective": "benefit"} | given
    return Problem(Options(tuple(rows), "m**3"), equity, budget, **given)


def ranges(lowest, highest):
    whole = st.integers(lowest, highest).map(float)
    return st.tuples(whole, whole, whole).map(lambda t: Range(*sorted(t)))


@st.composite
def problems(draw, most_options=12, most_lists=3000):
    """Instances with variants, needs, several of one, impossible and unmodelled options."""
    count = draw(st.integers(1, most_options))
    names = [f"o{i}" for i in range(count)]
    rows, lists = [], 2**count
    for name in names:
        most = draw(st.sampled_from([1, 1, 1, 2, 3]))
        most = most if lists * (most + 1) // 2 <= most_lists else 1
        lists = lists * (most + 1) // 2
        others: list[str | None] = [other for other in names if other != name]
        modelled = draw(st.integers(0, 7)) > 0
        link = draw(st.sampled_from(["", "", "", "needs", "excludes", "impossible"]))
        other = draw(st.sampled_from(others or [None]))
        given = {link: (other,)} if link in ("needs", "excludes") and other is not None else {}
        rows.append(
            option(
                name,
                site=draw(st.sampled_from("ab")),
                zone=draw(st.sampled_from(["z1", "z2"])),
                measure=draw(st.sampled_from("mnp")),
                variant_group=draw(st.sampled_from(["", "", "v"])),
                most=most,
                capital=draw(ranges(0, 50)),
                upkeep=draw(ranges(0, 9)),
                benefit=draw(ranges(-5, 40)) if modelled else None,
                equity=draw(st.none() | ranges(-5, 60)) if modelled else None,
                feasible=link != "impossible",
                reason="réseaux" if link == "impossible" else "",
                overlap_site=draw(st.sampled_from([0.0, 0.3, 1.0])),
                overlap_zone=draw(st.sampled_from([0.0, 0.2])),
                **given,
            )
        )
    floor = Floor(
        draw(st.sampled_from([0.1, 0.25, 0.5])), draw(st.sampled_from(["budget", "benefit"]))
    )
    return problem_of(
        *rows,
        budget=float(draw(st.integers(0, 150))),
        upkeep=draw(st.none() | st.integers(0, 30).map(float)),
        floor=draw(st.sampled_from([None, floor])),
    )


# Brute force: the words of the constraints written anew, and not the program's lines.


def every(options):
    """All lists, (lists, options)."""
    return np.array(list(product(*(range(row.most + 1) for row in options.rows))))


def allowed(options, quantities):
    """Whether a list holds only what is possible, goes together and has an effect."""
    rows = options.rows
    taken = [rows[i] for i in np.flatnonzero(quantities)]
    ids = {row.id for row in taken}
    places = [(r.zone, r.site, r.variant_group) for r in taken if r.variant_group]
    return (
        all(row.feasible and row.benefit is not None for row in taken)
        and all(set(row.needs) <= ids for row in taken)
        and not any(set(row.excludes) & ids for row in taken)
        and len(places) == len(set(places))
    )


def paid(problem, quantities, capital, upkeep):
    """Whether a list fits in the budgets at these costs."""
    return quantities @ capital <= problem.budget and (
        problem.upkeep is None or quantities @ upkeep <= problem.upkeep
    )


def served(problem, quantities):
    """Whether each neighbourhood has at least the floor."""
    if problem.floor is None:
        return True
    rows = problem.options.rows
    if problem.floor.of == "budget":
        amounts = np.array([row.capital.central for row in rows]) * quantities
        whole = problem.budget
    else:
        each = [0.0 if row.benefit is None else row.benefit.central for row in rows]
        amounts = np.array(each) * quantities
        whole = amounts.sum()
    zones = np.array([row.zone for row in rows])
    return all(
        amounts[zones == zone].sum() >= problem.floor.share * whole - 1e-9 for zone in set(zones)
    )


def fits(problem, quantities):
    capital, upkeep = (table[:, 1] for table in (problem.options.capital, problem.options.upkeep))
    return (
        allowed(problem.options, quantities)
        and paid(problem, quantities, capital, upkeep)
        and served(problem, quantities)
    )


def fitting(problem):
    """All lists that fit, (lists, options)."""
    lists = every(problem.options)
    return lists[[fits(problem, quantities) for quantities in lists]]
