"""The ground: an irregular mesh of street blocks, the coast, and the communes that share it.

Every boundary of the city (QPV, IRIS, commune) follows edges of this mesh, so none of them follows
the 200 m grid. The countryside uses the same mesh, with most of its edges left without a road.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from labo.demo.field import Bools, Floats, Ints, smooth_field
from labo.demo.form import Form


@dataclass(frozen=True)
class Land:
    """Blocks of one agglomeration, EPSG:2154 metres.

    `quads` (n, 4, 2) turns anticlockwise; side k goes from corner k to corner k + 1. Sides 0 to 3
    face the neighbours (i, j-1), (i+1, j), (i, j+1), (i-1, j). `grid` gives the block number at
    (i, j), or -1 outside; `corners` the node numbers (n, 4) of `nodes` (m, 2).
    """

    nodes: Floats
    corners: Ints
    quads: Floats
    i: Ints
    j: Ints
    grid: Ints
    centre: Floats
    centroid: Floats
    area: Floats
    distance: Floats
    """Distance to the city centre, metres along the long axis, wavering with the terrain."""
    sea_distance: Floats
    """Metres to the sea; infinite inland."""

    def __len__(self) -> int:
        """Number of blocks."""
        return len(self.quads)

    def neighbours(self, block: int) -> list[int]:
        """The up to four blocks that share a side, by side number; -1 where there is none."""
        i, j = int(self.i[block]), int(self.j[block])
        width, height = self.grid.shape
        return [
            int(self.grid[a, b]) if 0 <= a < width and 0 <= b < height else -1
            for a, b in ((i, j - 1), (i + 1, j), (i, j + 1), (i - 1, j))
        ]

    def largest_patch(self, chosen: Bools) -> Bools:
        """The largest connected part of a set of blocks."""
        labels = self._labels(chosen)
        if labels.max() < 1:
            return chosen
        return np.asarray(labels == np.argmax(np.bincount(labels)[1:]) + 1)

    def _labels(self, chosen: Bools) -> Ints:
        image = np.zeros(self.grid.shape, bool)
        image[self.i[chosen], self.j[chosen]] = True
        labelled: Ints = ndimage.label(image)[0][self.i, self.j].astype(np.int64)
        return labelled


def polygon_area(rings: Floats) -> Floats:
    """Area of (n, k, 2) anticlockwise rings without the closing point."""
    x, y = rings[..., 0], rings[..., 1]
    total: Floats = 0.5 * np.sum(x * np.roll(y, -1, 1) - np.roll(x, -1, 1) * y, axis=1)
    return total


def survey(form: Form, residents: int, origin: tuple[float, float], key: list[int]) -> Land:
    """Lay the mesh of an agglomeration of `residents` people around `origin`."""
    rng = np.random.default_rng(key)
    target = residents / form.residents_per_km2 * 1e6
    stretch = math.sqrt(min(form.elongation, 1.8))
    radius = math.sqrt(target / math.pi) * (1.35 if form.coast else 1.0)
    half_long, half_short = radius * stretch * 1.35, radius / stretch * 1.35
    columns = max(6, 2 * math.ceil(half_long / form.block_size))
    rows = max(6, 2 * math.ceil(half_short / form.block_size))
    centre = np.asarray(origin, float)

    u, v = np.meshgrid(
        (np.arange(columns + 1) - columns / 2) * form.block_size,
        (np.arange(rows + 1) - rows / 2) * form.block_size,
        indexing="ij",
    )
    flat = np.column_stack([u.ravel(), v.ravel()])
    number = np.arange((columns + 1) * (rows + 1)).reshape(columns + 1, rows + 1)
    corners = np.stack(
        [number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], axis=-1
    ).reshape(-1, 4)
    nodes = _bent(flat, corners, form, rng)
    angle = rng.uniform(0.15, 0.65)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    nodes = nodes @ turn + centre

    area = polygon_area(nodes[corners])
    middle = flat[corners].mean(axis=1)
    outline = np.hypot(middle[:, 0] / stretch, middle[:, 1] * stretch)
    outline *= 1 + 0.10 * smooth_field(rng, radius * 1.1).at(middle)
    sea = np.full(len(corners), np.inf)
    if form.coast:
        shore = -0.12 * radius + 0.03 * radius * smooth_field(rng, radius * 0.8).at(
            np.column_stack([middle[:, 0], np.zeros(len(middle))])
        )
        sea = middle[:, 1] - shore
    order = np.argsort(np.where(sea > 0, outline, np.inf), kind="stable")
    inside = np.zeros(len(corners), bool)
    inside[order[np.cumsum(area[order]) <= target]] = True
    inside &= sea > 0

    image = inside.reshape(columns, rows)
    labels, _ = ndimage.label(image)
    image = labels == np.argmax(np.bincount(labels.ravel())[1:]) + 1
    image = ndimage.binary_fill_holes(image)
    keep = np.flatnonzero(image.ravel())
    grid = np.full(columns * rows, -1, np.int64)
    grid[keep] = np.arange(len(keep))
    i, j = np.divmod(keep, rows)
    distance = np.hypot(
        middle[keep, 0] / math.sqrt(form.elongation), middle[keep, 1] * math.sqrt(form.elongation)
    )
    distance *= 1 + 0.14 * smooth_field(rng, 2_500.0).at(middle[keep])
    quads = nodes[corners[keep]]
    return Land(
        nodes=nodes, corners=corners[keep], quads=quads, i=i, j=j,
        grid=grid.reshape(columns, rows), centre=centre, centroid=quads.mean(axis=1),
        area=area[keep], distance=distance, sea_distance=sea[keep],
    )  # fmt: skip


def _bent(flat: Floats, corners: Ints, form: Form, rng: np.random.Generator) -> Floats:
    """Bend the regular mesh and shake its nodes, as far as no block folds over itself."""
    bends = np.zeros(flat.shape)
    for axis in (0, 1):
        for scale in (5_000.0, 1_800.0, 700.0):
            bends[:, axis] += 0.020 * scale * smooth_field(rng, scale, 12).at(flat)
    floor = form.block_size**2
    while _sharpest(flat + bends, corners).min() < 0.30 * floor:
        bends *= 0.85
    shakes = rng.uniform(-1, 1, flat.shape) * form.block_size * form.street_disorder
    for _ in range(12):
        folded = _sharpest(flat + bends + shakes, corners) < 0.12 * floor
        if not folded.any():
            break
        shakes[np.unique(corners[folded])] *= 0.5
    return flat + bends + shakes


def _sharpest(nodes: Floats, corners: Ints) -> Floats:
    """Smallest cross product of two consecutive sides of each block, m2; below 0 it is folded."""
    quads = nodes[corners]
    sides = np.roll(quads, -1, axis=1) - quads
    after = np.roll(sides, -1, axis=1)
    smallest: Floats = (sides[..., 0] * after[..., 1] - sides[..., 1] * after[..., 0]).min(axis=1)
    return smallest


def commune_count(form: Form, residents: int) -> int:
    """Number of communes: a little below the form's in a small place, growing slowly above."""
    return int(np.clip(round(form.communes * (residents / 150_000) ** 0.25), 5, 40))


def share_communes(form: Form, land: Land, residents: int, key: list[int]) -> tuple[Ints, Ints]:
    """Partition the blocks into communes.

    Returns:
        commune number of each block (n,), 0 being the central one; and the block where each
        commune has its centre.
    """
    rng = np.random.default_rng(key)
    count = commune_count(form, residents)
    extent = math.sqrt(land.area.sum() / math.pi)
    seeds = [int(np.argmin(land.distance))]
    far = np.hypot(*(land.centroid - land.centre).T)
    for _ in range(1, count):
        # Candidates are drawn on the blocks themselves, so that a coast needs no special case.
        candidates = np.flatnonzero((far > 0.35 * extent) & (far < 0.85 * np.quantile(far, 0.98)))
        if len(candidates) == 0:
            candidates = np.arange(len(land))
        picks = rng.choice(candidates, min(30, len(candidates)), replace=False)
        gaps = np.min(
            np.linalg.norm(land.centroid[picks][:, None] - land.centroid[seeds][None], axis=2),
            axis=1,
        )
        seeds.append(int(picks[np.argmax(gaps * rng.uniform(0.7, 1.0, len(picks)))]))
    wavering = np.column_stack(
        [0.10 * extent * smooth_field(rng, extent * 0.35).at(land.centroid) for _ in range(2)]
    ) + np.column_stack([90 * smooth_field(rng, 900).at(land.centroid) for _ in range(2)])
    point = land.centroid + wavering
    weight = rng.uniform(0.85, 1.15, count)
    weight[0] = 1.3
    best, owner = np.full(len(land), np.inf), np.zeros(len(land), np.int64)
    for k, seed in enumerate(seeds):
        reach = np.hypot(*(point - point[seed]).T) / weight[k]
        owner[reach < best] = k
        best = np.minimum(best, reach)
    return _without_islands(land, owner, count), np.asarray(seeds)


def _without_islands(land: Land, owner: Ints, count: int) -> Ints:
    image = np.full(land.grid.shape, -1)
    for k in range(count):
        patch = land.largest_patch(owner == k) if (owner == k).any() else np.zeros(len(land), bool)
        image[land.i[patch], land.j[patch]] = k
    nearest = ndimage.distance_transform_edt(image < 0, return_distances=False, return_indices=True)
    filled: Ints = image[tuple(nearest)][land.i, land.j].astype(np.int64)
    return filled
