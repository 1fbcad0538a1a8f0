"""Sharing out a total by weights, or among people of whom it cannot exceed the number."""

import numpy as np
import numpy.typing as npt
import scipy.sparse

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NEWTON_STEPS = 7
LARGEST_STEP = 3.0
# A total within this of its base is all of it.
CERTAIN = 1e-9
TINY = np.finfo(float).tiny


def sums(owner: Ints, owners: int) -> scipy.sparse.csr_matrix:
    """Return the matrix that sums parts by owner, CSR (owners, parts)."""
    return scipy.sparse.csr_matrix(
        (np.ones(len(owner)), (owner, np.arange(len(owner)))), shape=(owners, len(owner))
    )


def share_out(total: Floats, weight: Floats, owner: Ints) -> Floats:
    """Give each part its share of its owner's total, by weight; equal shares where all are zero.

    Args:
        total: shape (owners,).
        weight: shape (parts,) or (parts, draws).
        owner: of each part, shape (parts,).

    Returns:
        the shape of `weight`; sums by owner are the totals.
    """
    met, owner = np.unique(owner, return_inverse=True)
    total = total[met]
    whole = (sums(owner, len(total)) @ weight)[owner]
    count = np.bincount(owner, minlength=len(total))[owner]
    here = total[owner]
    if weight.ndim == 2:
        here, count = here[:, None], count[:, None]
    equal = np.broadcast_to(1.0 / count, weight.shape).copy()
    result: Floats = here * np.divide(weight, whole, out=equal, where=whole > 0)
    return result


def share_bounded(total: Floats, base: Floats, odds: Floats, owner: Ints) -> Floats:
    """Share out a total that is part of a base, so that no part gets more than its base.

    Each part's rate has the given odds times one factor per owner, which Newton's method finds so
    that the sums are the totals.

    Args:
        total: shape (owners,).
        base: shape (parts, draws).
        odds: positive, shape (parts, draws).
        owner: of each part, shape (parts,).

    Returns:
        shape (parts, draws). Where a total exceeds its base, each part gets the same multiple of
        its own base.
    """
    # Of a country's owners, few may have parts here: the others are left out.
    met, owner = np.unique(owner, return_inverse=True)
    total = total[met]
    by_owner = sums(owner, len(total))
    whole = by_owner @ base
    target = np.broadcast_to(total[:, None], whole.shape)
    rate = np.clip(np.divide(target, whole, out=np.zeros_like(whole), where=whole > 0), 0.0, 1.0)
    mean_odds = np.divide(by_owner @ (base * odds), whole, out=np.ones_like(whole), where=whole > 0)
    rate = np.clip(rate, 1e-12, 1 - 1e-12)
    level = np.log(rate / (1 - rate)) - np.log(np.maximum(mean_odds, TINY))
    log_odds = np.log(np.maximum(odds, TINY))
    for _ in range(NEWTON_STEPS):
        part_rate = 1 / (1 + np.exp(-np.clip(log_odds + level[owner], -700, 700)))
        amount = base * part_rate
        gap = by_owner @ amount - target
        slope = by_owner @ (amount * (1 - part_rate))
        step = np.divide(gap, slope, out=np.zeros_like(gap), where=slope > TINY)
        level = level - np.clip(step, -LARGEST_STEP, LARGEST_STEP)
    amount = base / (1 + np.exp(-np.clip(log_odds + level[owner], -700, 700)))
    # What Newton has left over is taken from all, or given where there is room.
    reached = by_owner @ amount
    less = np.divide(target, reached, out=np.ones_like(reached), where=reached > target)
    lack, room = target - reached, whole - reached
    more = np.divide(lack, room, out=np.zeros_like(room), where=(lack > 0) & (room > 0))
    amount = amount * less[owner] + (base - amount) * more[owner]
    # All or nobody: there is nothing to share out, and no rounding may say otherwise.
    full = np.divide(target, whole, out=np.zeros_like(whole), where=whole > 0)
    decided = (full >= 1 - CERTAIN) | (target <= 0)
    result: Floats = np.where(decided[owner], base * full[owner], amount)
    return result
