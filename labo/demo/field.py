"""Smooth random fields of the plane, for what resembles itself from one street to the next."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class SmoothField:
    """A stationary random field, about N(0, 1) at every point, as a sum of plane waves."""

    wave_x: Floats
    wave_y: Floats
    phase: Floats

    def at(self, xy: Floats) -> Floats:
        """Values, shape (n,), at points of shape (n, 2) in metres."""
        total = np.zeros(len(xy))
        # One wave at a time: n points by 24 waves at once would be the largest array of all.
        for kx, ky, phase in zip(self.wave_x, self.wave_y, self.phase, strict=True):
            total += np.cos(xy[:, 0] * kx + xy[:, 1] * ky + phase)
        return total * float(np.sqrt(2.0 / len(self.phase)))


def smooth_field(rng: np.random.Generator, scale: float, waves: int = 24) -> SmoothField:
    """A field whose bumps are about `scale` metres apart."""
    length = scale * rng.lognormal(0.0, 0.35, waves)
    direction = rng.uniform(0, 2 * np.pi, waves)
    return SmoothField(
        2 * np.pi / length * np.cos(direction),
        2 * np.pi / length * np.sin(direction),
        rng.uniform(0, 2 * np.pi, waves),
    )


def within_group(counts: Ints) -> Ints:
    """0, 1, 2… restarting in each group, for groups of the given sizes."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
