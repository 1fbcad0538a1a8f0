"""Sums around each pixel of a raster, weighed by distance: exact kernels, by Fourier transforms.

Arrays are (rows, columns), or several of them, (fields, rows, columns). What lies beyond the raster
counts for nothing. Sums are those of the direct formula within the rounding of the transforms, some
1e-13 of the largest.
"""

import numpy as np
import numpy.typing as npt
import scipy.fft

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# An exponential kernel is cut where it has fallen to exp(-5).
REACH = 5


def distances(radius: int) -> Floats:
    """Return the distance of each pixel to the middle of a square, (2 radius + 1) each way."""
    line = np.arange(-radius, radius + 1, dtype=np.float64)
    return np.hypot(line[:, None], line[None, :])


def decaying(radius: int) -> Floats:
    """Return exp(−distance / radius) up to REACH radii; one pixel alone for a radius of 0."""
    if radius < 1:
        return np.ones((1, 1))
    away = distances(REACH * radius)
    return np.where(away <= REACH * radius, np.exp(-away / radius), 0.0)


def disk(radius: int) -> Floats:
    """Return 1 up to a distance of the radius, 0 beyond."""
    return (distances(radius) <= radius).astype(np.float64)


def summed(fields: Floats, kernel: Floats) -> Floats:
    """Return the sums of fields around each pixel under a kernel, same shape as the fields.

    Args:
        fields: (rows, columns) or (fields, rows, columns), none unknown.
        kernel: odd sides, the same upside down and left to right.
    """
    shape = fields.shape[-2:]
    # What reaches beyond the far side of the raster meets nothing.
    reach = [min(side // 2, n - 1) for side, n in zip(kernel.shape, shape, strict=True)]
    middle = [side // 2 for side in kernel.shape]
    part = kernel[
        middle[0] - reach[0] : middle[0] + reach[0] + 1,
        middle[1] - reach[1] : middle[1] + reach[1] + 1,
    ]
    # With so much room, what goes round the edge falls outside of the raster.
    size = [scipy.fft.next_fast_len(n + r, real=True) for n, r in zip(shape, reach, strict=True)]
    spread = np.zeros(size)
    spread[: part.shape[0], : part.shape[1]] = part
    spread = np.roll(spread, (-reach[0], -reach[1]), axis=(0, 1))
    transformed = scipy.fft.rfft2(fields, size) * scipy.fft.rfft2(spread)
    found: Floats = scipy.fft.irfft2(transformed, size)[..., : shape[0], : shape[1]]
    return found


def means(fields: Floats, known: Bools, kernel: Floats) -> Floats:
    """Return the means of fields around each known pixel; NaN elsewhere.

    Args:
        fields: (rows, columns) or (fields, rows, columns); what is not known has no part in them.
        known: (rows, columns).
        kernel: as in `summed`; its middle is above 0.
    """
    filled = np.where(known, fields, 0.0).reshape(-1, *known.shape)
    *totals, weight = summed(np.concatenate([filled, known[None].astype(np.float64)]), kernel)
    result = np.full(filled.shape, np.nan)
    result[:, known] = np.array(totals)[:, known] / weight[known]
    return result.reshape(fields.shape)


def shares_of_mean(inside: Bools, known: Bools, kernel: Floats) -> Floats:
    """Return how much each pixel counts in the mean, over some pixels, of `means`.

    The sum of these times a field is the mean of the field's means over the known pixels inside.

    Args:
        inside: over which the mean is taken, (rows, columns).
        known: (rows, columns).
        kernel: as in `means`.
    """
    here = inside & known
    weight = summed(known.astype(np.float64), kernel)
    each = np.divide(1.0, weight, out=np.zeros(known.shape), where=here) / here.sum()
    return np.where(known, summed(each, kernel), 0.0)
