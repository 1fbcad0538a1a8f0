"""Which sums over zones are hidden: few people, one that weighs too much, what the others tell.

First what is secret by itself: fewer than the threshold stand behind it, or one contributor is
nearly all of it. Then what would let it be computed: a whole stays as it was decided, its parts
give way, so that totals, parts of totals and categories are treated one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labo.differencing import ROUNDING, hide

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

# Rule (1, k): one contributor may not be more than this share of a sum.
DOMINANCE = 0.85
# Rule p %: the second contributor may not know the first to better than this.
CLOSENESS = 0.10
# Below this share of its rows with a known value, a sum is empty: the rest might be anything.
AVAILABILITY_FLOOR = 0.95

FEW = "moins de {threshold} : secret statistique"
DOMINATED = "un contributeur pèse presque tout : secret statistique"
SOLE = "repose sur un seul contributeur : il faut son accord écrit"
DEDUCED = "secret statistique : se déduirait d'autres chiffres publiés"
NO_ROWS = "aucune ligne dans le fichier pour cette zone"
INCOMPLETE = "trop de valeurs absentes dans le fichier du partenaire"
WRITTEN = "repose sur un contributeur, avec son accord écrit"


@dataclass(frozen=True)
class Cube:
    """Sums of one measure, all of shape (zones, categories); a total has one category, "".

    `behind` is how many stand behind each sum, `rows` how many rows the file has there,
    `availability` the share of them with a value. `among` names the measure that this one is part
    of; `complement` says that the rest of it is counted in the same unit, so that it is told by
    subtraction. `largest` and `second` are the amounts of the two largest contributors (`second`
    None where nobody says), `sole` the code of the organisation that gives the largest, empty where
    contributors are rows.
    """

    measure: str
    unit: str
    split: str
    categories: tuple[str, ...]
    value: Floats
    behind: Floats
    rows: Floats
    availability: Floats
    among: str
    complement: bool
    largest: Floats
    second: Floats | None
    sole: Texts


@dataclass(frozen=True)
class Masked:
    """Why sums are hidden, and what is to be said of those that are not: (zones, categories)."""

    reason: Texts
    note: Texts


def masked(
    cubes: Sequence[Cube],
    covers: Bools,
    *,
    threshold: int,
    written: Sequence[str],
    first: Bools,
    told: float | None,
) -> list[Masked]:
    """Return what of each cube is hidden.

    Args:
        cubes: totals before what is counted among them, totals before their splits.
        covers: the atoms of each zone, shape (zones, atoms).
        threshold: fewer than this, and more than nobody, is secret.
        written: organisations that agreed in writing that their own figures are shown.
        first: zones that give way before the others (drawn perimeters), shape (zones,).
        told: how many there are in all, where the report says it.
    """
    done: dict[tuple[str, str], tuple[Cube, Masked]] = {}
    for cube in cubes:
        reason, note = _by_itself(cube, threshold, written)
        keys = {(cube.measure, ""), (cube.among, cube.split), (cube.among, "")}
        wholes = [done[key] for key in sorted(keys) if key in done]
        for _, whole in wholes:
            # Of what is hidden no part is shown.
            reason = np.where(reason == "", np.broadcast_to(whole.reason, reason.shape), reason)
        everyone = told if not done else None
        hidden = _deduced(cube, covers, reason, wholes, threshold, first, everyone)
        reason = np.where(hidden & (reason == ""), DEDUCED, reason)
        done[cube.measure, cube.split] = (cube, Masked(reason, note))
    return [mask for _, mask in done.values()]


def _by_itself(cube: Cube, threshold: int, written: Sequence[str]) -> tuple[Texts, Texts]:
    """Return why sums are secret whatever the others are, and what is to be said of the rest."""
    reason = np.full(cube.value.shape, "", dtype=object)
    note = reason.copy()
    known = cube.value > 0
    heavy = known & (cube.largest > DOMINANCE * cube.value)
    if cube.second is not None:
        rest = cube.value - cube.largest - cube.second
        heavy |= known & (cube.sole == "") & (rest < CLOSENESS * cube.largest)
    agreed = heavy & np.isin(cube.sole, list(written)) & (cube.sole != "")
    alone = heavy & (cube.sole != "") & (cube.largest >= cube.value)
    note[agreed] = WRITTEN
    reason[heavy & ~agreed] = DOMINATED
    reason[alone & ~agreed] = SOLE
    reason[(cube.behind > 0) & (cube.behind < threshold)] = FEW.format(threshold=threshold)
    reason[(reason == "") & (cube.availability < AVAILABILITY_FLOOR)] = INCOMPLETE
    reason[cube.rows == 0] = NO_ROWS
    if cube.split != "":
        # Nobody of that category in a zone where there are others: it is known, and zero.
        reason[(cube.rows == 0) & (cube.rows.sum(axis=1, keepdims=True) > 0)] = ""
    return reason, note


def _deduced(
    cube: Cube,
    covers: Bools,
    reason: Texts,
    wholes: Sequence[tuple[Cube, Masked]],
    threshold: int,
    first: Bools,
    everyone: float | None,
) -> Bools:
    """Return which sums are hidden, shape (zones, categories), once no secret can be computed.

    Unknowns are atoms × categories, and twice that where the rest of a whole is counted as well.
    """
    zones, width = cube.value.shape
    rest = 2 if cube.complement else 1
    of_part, of_whole = np.array([[1, 0][:rest]]), np.ones((1, rest))
    each, every = np.eye(width), np.ones((1, width))

    def rows_of(by_category: Floats, by_part: Floats) -> Bools:
        made: Bools = np.kron(np.kron(covers.astype(float), by_category), by_part) > 0
        return made

    own = rows_of(each, of_part)
    known = [reason.ravel() == ""]
    empty = reason.ravel() == NO_ROWS  # that nobody is there is said, and stays said
    known[0] |= empty
    rows, counts = [own], [_people(cube).ravel()]
    secret = own[~np.isin(reason.ravel(), ["", NO_ROWS, INCOMPLETE, DEDUCED])]
    targets = [secret]
    for whole, mask in wholes:
        same = whole.measure == cube.measure
        if not same and not cube.complement:
            continue  # another quantity: nothing is computed from it
        made = rows_of(each if whole.split else every, of_part if same else of_whole)
        rows.append(made)
        counts.append(_people(whole, cube).ravel())
        known.append(np.isin(mask.reason.ravel(), ["", NO_ROWS]))
        if whole.split == cube.split:
            left = (_people(whole, cube) - cube.value).ravel()
            few = (left > ROUNDING) & (left < threshold - ROUNDING)
            targets.append(rows_of(each, np.array([[0, 1]]))[few])
    if everyone is not None:
        rows.append(np.ones((1, own.shape[1]), dtype=bool))
        counts.append(np.array([everyone]))
        known.append(np.array([True]))
    all_rows, all_counts = np.vstack(rows), np.concatenate(counts)
    cost = np.where(np.repeat(first, width), 0.0, 1.0 + cube.behind.ravel())
    fixed = np.arange(len(all_rows)) >= len(own)
    fixed[: len(own)] |= empty
    hidden = hide(
        all_rows,
        all_counts,
        few=threshold,
        hidden=~np.concatenate(known),
        fixed=fixed,
        targets=np.vstack(targets),
        cost=np.concatenate([cost, np.full(len(all_rows) - len(own), np.inf)]),
    )
    result: Bools = hidden[: len(own)].reshape(zones, width)
    return result


def _people(cube: Cube, part: Cube | None = None) -> Floats:
    """Return what few is said of: those behind a sum, or what is counted where a rest is too.

    Of a whole only those are counted of whom it is known whether they are of `part`: the others
    are not its rest.
    """
    if not (part or cube).complement:
        return cube.behind
    if part is None or part.measure == cube.measure or part.value.shape != cube.value.shape:
        return cube.value
    known = np.where(part.availability < AVAILABILITY_FLOOR, 1.0, part.availability)
    return cube.value * known
