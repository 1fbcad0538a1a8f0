"""The options of a portfolio: a measure at a site, what it costs, what it does, and for whom.

A CSV file has one row per option and the columns of COLUMNS. Rows made in another way, from a
catalogue of measures for instance, come through `options_of`, which is the only door.
"""

import difflib
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from labo import units
from labo.errors import BadInput, UnknownName
from labo.estimate import Grade
from labo.ranges import Range
from labo.typed import csv_rows, number

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Loss = Literal["rent", "charges", "displacement", "upkeep"]

LOSSES: tuple[Loss, ...] = get_args(Loss)
# Above, a portfolio is refused: nobody reads such a list, and no answer comes in the time of a
# meeting.
MOST_OPTIONS = 20_000
MOST_QUANTITY = 10_000
# More than a national programme costs: above, a figure is in cents, or two columns ran together.
MOST_EUROS = 1e10
NAME = re.compile(r"\S(?:.*\S)?")

# Each column of a file of options, and what it holds. Those of REQUIRED must be there.
COLUMNS = {
    "id": "name of the option, used once",
    "label": "what people call it; the id if empty",
    "site": "where: a name; options of one site may exclude each other or overlap",
    "zone": "code of the neighbourhood (QPV)",
    "measure": "the measure: options of one measure share its errors",
    "variant_group": "at most one option of a group is chosen at a site; empty: none",
    "quantity_max": "how many at most, a whole number; 1 if empty; what follows is for one",
    "capital_low": "capital cost, €",
    "capital_central": "",
    "capital_high": "",
    "upkeep_low": "yearly upkeep, € per year",
    "upkeep_central": "",
    "upkeep_high": "",
    "cost_grade": "verified or to_check; to_check if empty",
    "benefit_low": "environmental benefit, in `unit`; all three empty: no modelled effect",
    "benefit_central": "",
    "benefit_high": "",
    "unit": "of the benefit, the same in the whole file, such as resident * day or m**3",
    "effect_grade": "verified or to_check; to_check if empty",
    "reference": "where costs and effects come from",
    "equity_low": "benefit weighed by who has it, if calculated elsewhere",
    "equity_central": "",
    "equity_high": "",
    "beneficiaries": "how many residents benefit from one; empty: not known",
    "beneficiaries_q1": "share of them in the poorest fifth of the agglomeration, and so on;",
    "beneficiaries_q2": "all five or none, adding up to 1; none: as the neighbourhood's residents",
    "beneficiaries_q3": "",
    "beneficiaries_q4": "",
    "beneficiaries_q5": "",
    "feasible": "yes or no; yes if empty",
    "reason": "why it is not possible here; required with no",
    "needs": "ids of options without which it makes no sense, separated by |",
    "excludes": "ids of options that cannot go with it, separated by |",
    "overlap_site": "share of its effect, 0 to 1, lost beside a larger one at its site; 0 if empty",
    "overlap_zone": "the same beside a larger one elsewhere in its neighbourhood",
    "loses_rent": "who could lose: does it raise rents? yes or no, and why",
    "loses_charges": "does it raise charges or bills? yes or no, and why",
    "loses_displacement": "does it make people leave? yes or no, and why",
    "loses_upkeep": "who looks after it, and what if nobody does?",
}
REQUIRED = (
    *("id", "site", "zone", "measure", "capital_low", "capital_central", "capital_high"),
    *("upkeep_low", "upkeep_central", "upkeep_high"),
    *("benefit_low", "benefit_central", "benefit_high", "unit"),
)
FIFTHS = tuple(f"beneficiaries_q{k}" for k in range(1, 6))


@dataclass(frozen=True, kw_only=True)
class Option:
    """A measure at a site; costs and effects are those of one, `most` is how many there may be.

    `benefit` is None where no effect is modelled; `equity` is the benefit weighed by who has it,
    where it was calculated elsewhere; `shares` are those of its beneficiaries by standard of living
    (None: as the residents of its zone). `losses` answers, for each of LOSSES, who could lose.
    """

    id: str
    label: str
    site: str
    zone: str
    measure: str
    variant_group: str
    most: int
    capital: Range
    upkeep: Range
    cost_grade: Grade
    benefit: Range | None
    effect_grade: Grade
    reference: str
    equity: Range | None
    beneficiaries: float | None
    shares: tuple[float, ...] | None
    feasible: bool
    reason: str
    needs: tuple[str, ...]
    excludes: tuple[str, ...]
    overlap_site: float
    overlap_zone: float
    losses: Mapping[str, str]


@dataclass(frozen=True)
class Options:
    """Options with one unit of benefit, and their columns as arrays: (options,), or (options, 3).

    Missing is NaN.
    """

    rows: tuple[Option, ...]
    unit: str

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def place(self) -> dict[str, int]:
        """Where each id stands."""
        return {row.id: i for i, row in enumerate(self.rows)}

    @cached_property
    def zones(self) -> tuple[str, ...]:
        """The neighbourhoods that have an option, possible or not, in order."""
        return tuple(sorted({row.zone for row in self.rows}))

    @cached_property
    def most(self) -> Ints:
        """How many of each there may be; none where it is not possible."""
        return np.array([row.most if row.feasible else 0 for row in self.rows], dtype=np.int64)

    @cached_property
    def capital(self) -> Floats:
        """Capital cost of one of each."""
        return _stacked(row.capital for row in self.rows)

    @cached_property
    def upkeep(self) -> Floats:
        """Yearly upkeep of one of each."""
        return _stacked(row.upkeep for row in self.rows)

    @cached_property
    def benefit(self) -> Floats:
        """Environmental benefit of one of each."""
        return _stacked(row.benefit for row in self.rows)

    @cached_property
    def modelled(self) -> Bools:
        """Whether an effect is modelled."""
        return ~np.isnan(self.benefit[:, 1])

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """The measure of each."""
        return tuple(row.measure for row in self.rows)

    def in_zone(self, zone: str) -> Bools:
        """Which are in a neighbourhood."""
        return np.array([row.zone == zone for row in self.rows], dtype=bool)


def _stacked(ranges: Iterable[Range | None]) -> Floats:
    nothing = (math.nan,) * 3
    return np.array([r or nothing for r in ranges], dtype=np.float64).reshape(-1, 3)


# From a file


def read_options(
    path: Path,
    zone: Callable[[str], str] | None = None,
    measures: Collection[str] | None = None,
) -> Options:
    """Read a file of options.

    Args:
        path: CSV, separated by semicolons, commas or tabs; French decimals (1,5) go with
            semicolons or tabs; lines that begin with # are left out.
        zone: returns the id of the zone of a name, as `Release.zone` does.
        measures: the ids of those that are declared, if they are to be checked.

    Raises:
        MissingFile, BadInput, UnknownName: as `options_of`.
    """
    return options_of(csv_rows(path, REQUIRED, tuple(COLUMNS)), zone, measures, named=str(path))


def options_of(
    rows: Iterable[tuple[int, Mapping[str, str]]],
    zone: Callable[[str], str] | None = None,
    measures: Collection[str] | None = None,
    named: str = "options",
) -> Options:
    """Return checked options from rows of texts, each with its line.

    Args:
        rows: (line, value by column of COLUMNS).
        zone: returns the id of the zone of a name.
        measures: the ids of those that are declared, if they are to be checked.
        named: what the rows are of, for messages.

    Raises:
        BadInput: a value that is not what its column says, several units, an id used twice, or too
            many options.
        UnknownName: a zone or a measure that nobody declares, or an id in `needs` or `excludes`.
    """
    made: list[Option] = []
    lines: dict[str, int] = {}
    unit, unit_line = "", 0
    for line, values in rows:
        row = _Row(named, line, values)
        option = _option(row, zone)
        if option.id in lines:
            raise row.wrong(
                "id", f"{option.id!r} is already that of line {lines[option.id]}: give each its own"
            )
        if measures is not None and option.measure not in measures:
            near = difflib.get_close_matches(option.measure, list(measures), n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else "see the declared measures."
            raise UnknownName(
                f"{named}, line {line}: there is no measure {option.measure!r}; {hint}"
            )
        lines[option.id] = line
        if option.benefit is not None:
            given = _unit(row)
            if unit and given != unit:
                raise row.wrong(
                    "unit",
                    f"{given!r} differs from {unit!r} (line {unit_line}): units do not add up, so "
                    "make one file per unit",
                )
            unit, unit_line = given, line if not unit else unit_line
        made.append(option)
        if len(made) > MOST_OPTIONS:
            raise BadInput(
                f"{named} has more than {MOST_OPTIONS} options: group them, or choose by "
                "neighbourhood first."
            )
    if not made:
        raise BadInput(f"{named} has no option: add one row per option.")
    for option in made:
        for column, ids in (("needs", option.needs), ("excludes", option.excludes)):
            for other in ids:
                if other not in lines or other == option.id:
                    why = "itself" if other == option.id else f"{other!r}, which is not in the list"
                    raise UnknownName(f"{named}, line {lines[option.id]}: {column} names {why}.")
    return Options(tuple(made), unit)


class WrongCell(BadInput):
    """A value of a row that is not what its column says: where it is, and what it is."""

    def __init__(self, sentence: str, line: int, column: str, text: str) -> None:
        super().__init__(sentence)
        self.line, self.column, self.text = line, column, text


@dataclass(frozen=True)
class _Row:
    """A row being read, whose problems are told with its file, line and column."""

    named: str
    line: int
    values: Mapping[str, str]

    def text(self, column: str) -> str:
        return self.values.get(column, "").strip()

    def wrong(self, column: str, sentence: str) -> WrongCell:
        said = f"{self.named}, line {self.line}, column {column!r}: {sentence}."
        return WrongCell(said, self.line, column, self.text(column))

    def number(self, column: str, low: float, high: float, what: str) -> float | None:
        """Return a number between bounds; None if empty."""
        text = self.text(column)
        if not text:
            return None
        try:
            value = number(text)
        except ValueError as error:
            raise self.wrong(column, f"{text!r} is not {what}") from error
        if not low <= value <= high:
            raise self.wrong(column, f"{text} is not {what}")
        return value

    def range(self, name: str, low: float, high: float, what: str) -> Range | None:
        """Return the range of three columns; None where all are empty."""
        columns = [f"{name}_{end}" for end in ("low", "central", "high")]
        ends = [self.number(column, low, high, what) for column in columns]
        if all(end is None for end in ends):
            return None
        for column, end in zip(columns, ends, strict=True):
            if end is None:
                raise self.wrong(column, "is empty: a range has a low, a central and a high value")
        found = Range(*(float(end) for end in ends if end is not None))
        if not found.low <= found.central <= found.high:
            raise self.wrong(
                columns[1],
                f"{found.central:g} is not between {found.low:g} and {found.high:g}: correct it",
            )
        return found

    def grade(self, column: str) -> Grade:
        text = self.text(column) or "to_check"
        if text == "verified":
            if not self.text("reference"):
                raise self.wrong(column, "'verified' needs a reference that a reader can open")
            return "verified"
        if text != "to_check":
            raise self.wrong(column, f"{text!r} is not verified or to_check")
        return "to_check"

    def yes(self, column: str) -> bool:
        text = self.text(column).casefold()
        if text in ("", "yes", "oui", "1", "true", "vrai"):
            return True
        if text in ("no", "non", "0", "false", "faux"):
            return False
        raise self.wrong(column, f"{text!r} is not yes or no")

    def ids(self, column: str) -> tuple[str, ...]:
        parts = (part.strip() for part in self.text(column).split("|"))
        return tuple(dict.fromkeys(part for part in parts if part))

    def required(self, column: str) -> str:
        text = self.text(column)
        if not text:
            raise self.wrong(column, "is empty and must not be")
        return text


def _option(row: _Row, zone: Callable[[str], str] | None) -> Option:
    named = row.required("zone")
    try:
        place = zone(named) if zone is not None else named
    except UnknownName as error:
        raise UnknownName(f"{row.named}, line {row.line}: {error}") from error
    euros = f"an amount in euros, 0 to {MOST_EUROS:.0e}: a saving is not money to spend again"
    capital = row.range("capital", 0.0, MOST_EUROS, euros)
    upkeep = row.range("upkeep", 0.0, MOST_EUROS, euros)
    for column, cost in (("capital_central", capital), ("upkeep_central", upkeep)):
        if cost is None:
            raise row.wrong(column, "is empty: without its cost, an option fits in no budget")
    assert capital is not None and upkeep is not None  # noqa: S101, PT018 (for mypy: said above)
    most = row.number("quantity_max", 1, MOST_QUANTITY, f"a whole number, 1 to {MOST_QUANTITY}")
    if most is not None and most != int(most):
        raise row.wrong("quantity_max", f"{most:g} is not a whole number, 1 to {MOST_QUANTITY}")
    feasible, reason = row.yes("feasible"), row.text("reason")
    if not feasible and not reason:
        raise row.wrong("reason", "is empty: say why the option is not possible here")
    benefit = row.range("benefit", -1e15, 1e15, "a number")
    equity = row.range("equity", -1e15, 1e15, "a number")
    if equity is not None and benefit is None:
        raise row.wrong("equity_central", "has a value where no benefit has: give both or neither")
    overlap = "a share, 0 to 1"
    return Option(
        id=row.required("id"),
        label=row.text("label") or row.required("id"),
        site=row.required("site"),
        zone=place,
        measure=row.required("measure"),
        variant_group=row.text("variant_group"),
        most=int(most or 1),
        capital=capital,
        upkeep=upkeep,
        cost_grade=row.grade("cost_grade"),
        benefit=benefit,
        effect_grade=row.grade("effect_grade"),
        reference=row.text("reference"),
        equity=equity,
        beneficiaries=row.number("beneficiaries", 0, 1e8, "a number of residents, 0 or more"),
        shares=_shares(row),
        feasible=feasible,
        reason=reason,
        needs=row.ids("needs"),
        excludes=row.ids("excludes"),
        overlap_site=row.number("overlap_site", 0, 1, overlap) or 0.0,
        overlap_zone=row.number("overlap_zone", 0, 1, overlap) or 0.0,
        losses={loss: row.text(f"loses_{loss}") for loss in LOSSES},
    )


def _shares(row: _Row) -> tuple[float, ...] | None:
    given = [row.number(column, 0, 1, "a share, 0 to 1") for column in FIFTHS]
    if all(share is None for share in given):
        return None
    shares = tuple(share for share in given if share is not None)
    if len(shares) < len(FIFTHS) or not math.isclose(sum(shares), 1.0, abs_tol=1e-6):
        raise row.wrong(FIFTHS[0], "shares of all five fifths are needed, adding up to 1")
    return shares


def _unit(row: _Row) -> str:
    text = row.required("unit")
    try:
        units.parse(text)
    except ValueError as error:
        raise row.wrong("unit", str(error).rstrip(".")) from error
    return text


# What a group chose


def chosen_of(options: Options, quantities: Mapping[str, float]) -> Ints:
    """Return how many of each option a list holds, (options,).

    Raises:
        UnknownName: an id that no option has.
        BadInput: a quantity that is not a whole number, 0 or more.
    """
    found = np.zeros(len(options), dtype=np.int64)
    for name, quantity in quantities.items():
        if name not in options.place:
            near = difflib.get_close_matches(name, options.place, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else "see the id of each option."
            raise UnknownName(f"There is no option {name!r} in the list of options; {hint}")
        if not 0 <= quantity <= MOST_QUANTITY or quantity != int(quantity):
            raise BadInput(f"{quantity:g} of {name!r}: give a whole number, 0 to {MOST_QUANTITY}.")
        found[options.place[name]] = int(quantity)
    return found


def read_chosen(path: Path, options: Options) -> Ints:
    """Read the list of a group: columns id and quantity (1 if empty or absent).

    Raises:
        MissingFile, BadInput, UnknownName: as `chosen_of`, or an id twice.
    """
    quantities: dict[str, float] = {}
    for line, values in csv_rows(path, ("id",), ("id", "label", "quantity")):
        row = _Row(str(path), line, values)
        name = row.required("id")
        if name in quantities:
            raise row.wrong("id", f"{name!r} is there twice: give its quantity on one line")
        value = row.number("quantity", 0, MOST_QUANTITY, "a whole number, 0 or more")
        quantities[name] = 1 if value is None else value
    return chosen_of(options, quantities)
