"""What a source area counts of its homes corrects what its buildings announce.

Dwelling counts of buildings err. A cell tells how many of its households live in flats and how
many in houses: where its buildings announce fewer flats than that, each of its flats weighs more.
Without it, what is counted among the households of a part (those in flats) could not fit in, or
would not fill, the households given to that part: every error of the base would only take away.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse

from labo import rates
from labo.crosswalk import Atoms

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# What is announced and what is counted are compared as if each had one household more.
ONE = 1.0


@dataclass(frozen=True)
class Calibrated:
    """Weights by which residents are shared out.

    atoms: of each atom, shape (atoms,). pairs: of both areas of each pair of neighbours, shape
    (pairs, 2), corrected by what the two count together: the part of an area is not counted by
    itself either, so a pair that were corrected one by one would tell too little doubt.
    """

    atoms: Floats
    pairs: Floats


def calibrate(
    expected: Floats, by_home: Floats, atoms: Atoms, imputed: Bools, pairs: Ints
) -> Calibrated:
    """Correct the residents that buildings announce by the homes that source areas count.

    Args:
        expected: residents that each kind of building should hold, shape (atoms, kinds).
        by_home: households in flats and in houses, shape (sources, 2); NaN where nobody counted.
        atoms: the pieces.
        imputed: source areas that count nothing of their own, shape (sources,).
        pairs: neighbours, shape (pairs, 2).
    """
    known = ~imputed & ~atoms.by_area & ~np.isnan(by_home).any(axis=1)
    counted = np.where(known[:, None], by_home, 0.0)
    here = np.where(known[atoms.source][:, None], expected, 0.0)
    # Households per resident, in flats and in houses, by kind of building: a kind may hold both.
    per_resident = np.stack([_rates(count, atoms, here) for count in counted.T], axis=2)
    announced = np.einsum("ak,akh->ah", here, per_resident)
    whole = per_resident.sum(axis=2, keepdims=True)
    share = np.divide(per_resident, whole, out=np.zeros_like(per_resident), where=whole > 0)
    residents = np.einsum("ak,akh->ah", here, share)
    # Kinds that hold no household of either sort keep what they announce.
    rest = expected.sum(axis=1) - residents.sum(axis=1)

    to_source = scipy.sparse.csr_matrix(
        (np.ones(len(atoms.source)), (atoms.source, np.arange(len(atoms.source)))),
        shape=(len(by_home), len(atoms.source)),
    )
    of_source = to_source @ announced
    alone = (counted + ONE) / (of_source + ONE)
    together = (counted[pairs].sum(axis=1) + ONE) / (of_source[pairs].sum(axis=1) + ONE)
    held, left = to_source @ residents, to_source @ rest
    return Calibrated(
        atoms=(residents * alone[atoms.source]).sum(axis=1) + rest,
        pairs=(held[pairs] * together[:, None]).sum(axis=2) + left[pairs],
    )


def _rates(total: Floats, atoms: Atoms, amount: Floats) -> Floats:
    """Return the rate that holds in each atom for each kind of building, (atoms, kinds)."""
    result: Floats = rates.estimate(total, atoms, amount, atoms.source).by_class[atoms.place]
    return result
