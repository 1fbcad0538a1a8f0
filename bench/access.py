"""Walking distance to the nearest place beside pandana: `python -m bench.access`.

An invented town: crooked streets of uneven density, a quarter of them missing, cut every 25 m into
a million nodes; six kinds of place, hundreds to thousands of each, at street corners; homes beside
the streets. labo builds the graph from the lines; pandana is given that graph, so that both answer
the same question, and each runs in a process of its own. Making the town is not timed.

pandana's `precompute` is left out: it keeps all that is within reach of every node (billions of
pairs here) for sums over surroundings, and `nearest_pois` does not read it. pandana uses every core
and counts neither straight line, so the homes' are added to what it finds.
"""

import argparse
import ctypes
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from scipy import sparse

from bench import apart, resident_gib, text_table, timed
from labo.access import LIMIT_M, build_network, metres_to_nearest, snap

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CORNER = (3_700_000.0, 2_800_000.0)  # EPSG:3035
BLOCK_M = 60.0
MISSING = 0.26  # of the streets between two corners
NODES_BY_CORNER = 4.9  # once streets are cut
# Places by kind and million nodes: a green space is nearer than a swimming pool.
KINDS = {"stop": 4_000, "green": 2_500, "care": 1_500, "shop": 800, "library": 400, "pool": 200}


@dataclass(frozen=True)
class Size:
    """How many nodes (about) and homes, how often each side runs, and the seed."""

    nodes: int
    homes: int
    repeats: int = 3
    seed: int = 0


@dataclass(frozen=True)
class Town:
    """Streets: LineStrings; homes: shape (homes, 2); places: by kind, shape (places, 2)."""

    streets: npt.NDArray[np.object_]
    homes: Floats
    places: dict[str, Floats]


@dataclass(frozen=True)
class Measured:
    """What one side took and found: metres of shape (homes,) by kind."""

    seconds: dict[str, float]
    peak_gib: float
    metres: dict[str, Floats]
    about: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    """What labo built, for the other side: x, y; ends and metres of each edge; places by kind."""

    x: Floats
    y: Floats
    ends: Ints
    metres: Floats
    places: dict[str, Floats]


def town(size: Size) -> Town:
    """Return the town of a seed."""
    rng = np.random.default_rng(size.seed)
    side = max(int(np.sqrt(size.nodes / NODES_BY_CORNER)), 4)
    column, row = np.meshgrid(np.arange(side), np.arange(side))
    corner = np.stack([column, row], axis=-1) + rng.uniform(-0.35, 0.35, (side, side, 2))
    # Denser in some parts than in others.
    wave = np.sin(corner[..., ::-1] * 2 * np.pi / 90)
    corner = np.array(CORNER) + BLOCK_M * (corner + 5 * wave)
    start = np.concatenate([corner[:, :-1].reshape(-1, 2), corner[:-1].reshape(-1, 2)])
    end = np.concatenate([corner[:, 1:].reshape(-1, 2), corner[1:].reshape(-1, 2)])
    there = rng.uniform(size=len(start)) >= MISSING
    start, end = start[there], end[there]
    bend = (start + end) / 2 + rng.normal(0, 4, start.shape)
    # In no order, as in a file.
    order = rng.permutation(len(start))
    streets = shapely.linestrings(np.stack([start, bend, end], axis=1)[order])
    homes = bend[rng.integers(len(bend), size=size.homes)]
    homes += rng.normal(0, 15, homes.shape)
    places = {
        kind: start[rng.integers(len(start), size=max(count * size.nodes // 1_000_000, 3))]
        for kind, count in KINDS.items()
    }
    return Town(streets, homes, places)


def labo_side(size: Size) -> tuple[Measured, Graph]:
    """`build_network` once, then homes put on it, then one run per kind."""
    given = town(size)
    build, network = timed(size.repeats, lambda: build_network(given.streets))
    # On the graph, also those beside an islet: pandana does not count how far they are from it.
    nodes = np.column_stack([network.x, network.y])
    on_graph = {kind: nodes[snap(network, at).node] for kind, at in given.places.items()}

    def every() -> dict[str, Floats]:
        homes = snap(network, given.homes)
        return {
            kind: metres_to_nearest(network, homes, snap(network, places))
            for kind, places in on_graph.items()
        }

    seconds, metres = timed(size.repeats, every)
    about = {
        "nodes": len(network.x),
        "edges": network.lengths.nnz // 2,
        "street_km": network.metres / 1000,
        "islet_km": network.islet_metres / 1000,
    }
    peak = resident_gib()
    pairs = sparse.triu(network.lengths).tocoo()
    ends = np.column_stack([pairs.row, pairs.col])
    graph = Graph(network.x, network.y, ends, pairs.data, on_graph)
    return Measured({"build": build, "kinds": seconds}, peak, metres, about), graph


@contextmanager
def silenced() -> Iterator[None]:
    """Throw away what is written on stdout below Python: pandana tells every tenth of its way."""
    sys.stdout.flush()
    kept = os.dup(1)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            ctypes.CDLL(None).fflush(None)
            os.dup2(kept, 1)
            os.close(kept)


def pandana_side(size: Size, graph: Graph) -> Measured:
    """`pandana.Network` (it contracts the graph), `set_pois` and `nearest_pois` for each kind."""
    import pandana
    import pandas as pd

    homes = town(size).homes

    def build() -> Any:
        with silenced():
            return pandana.Network(
                pd.Series(graph.x),
                pd.Series(graph.y),
                pd.Series(graph.ends[:, 0]),
                pd.Series(graph.ends[:, 1]),
                pd.DataFrame({"metres": graph.metres}),
            )

    building, network = timed(1, build)
    x, y = pd.Series(homes[:, 0]), pd.Series(homes[:, 1])

    def every() -> dict[str, Floats]:
        node = network.get_node_ids(x, y).to_numpy()
        straight = np.hypot(graph.x[node] - x.to_numpy(), graph.y[node] - y.to_numpy())
        metres: dict[str, Floats] = {}
        for kind, places in graph.places.items():
            at = pd.DataFrame(places, columns=["x", "y"])
            network.set_pois(kind, LIMIT_M, 1, at["x"], at["y"])
            nearest = network.nearest_pois(LIMIT_M, kind, max_distance=np.inf)[1].to_numpy()
            total = nearest[node] + straight
            metres[kind] = np.where(total > LIMIT_M, np.inf, total)
        return metres

    # Once, as the graph: it takes minutes.
    seconds, metres = timed(1, every)
    return Measured({"build": building, "kinds": seconds}, resident_gib(), metres)


def agreement(ours: dict[str, Floats], theirs: dict[str, Floats]) -> dict[str, float]:
    """Return the largest difference in metres where both found a place, and the share within 1 m.

    Two homes without a place within the limit agree.
    """
    one, two = (np.concatenate([side[kind] for kind in KINDS]) for side in (ours, theirs))
    both = np.isfinite(one) & np.isfinite(two)
    gap = np.abs(one[both] - two[both])
    neither = np.isinf(one) & np.isinf(two)
    return {
        "largest_m": float(gap.max(initial=0.0)),
        "share_within_1_m": float(((gap <= 1.0).sum() + neither.sum()) / len(one)),
        "share_without_place": float(np.isinf(one).mean()),
    }


def figures(size: Size) -> dict[str, Any]:
    """Run both sides, each in a process of its own, and return every figure."""
    ours, graph = apart(labo_side, size)
    theirs = apart(pandana_side, size, graph)
    sides = {"labo": ours, "pandana": theirs}
    return {
        "benchmark": "access",
        "size": asdict(size),
        "sides": {
            name: {"seconds": side.seconds, "peak_gib": side.peak_gib, **side.about}
            for name, side in sides.items()
        },
        "agreement": agreement(ours.metres, theirs.metres),
        "ratios": {
            "pandana_to_labo_build": theirs.seconds["build"] / ours.seconds["build"],
            "pandana_to_labo_kinds": theirs.seconds["kinds"] / ours.seconds["kinds"],
        },
    }


def report(found: dict[str, Any]) -> str:
    """Return the tables."""
    size, sides, ratios, agree = (found[k] for k in ("size", "sides", "ratios", "agreement"))
    ours = sides["labo"]
    rows: list[list[object]] = [
        [name, side["seconds"]["build"], side["seconds"]["kinds"], side["peak_gib"]]
        for name, side in sides.items()
    ]
    goals: list[list[object]] = [
        ["labo, 6 kinds, s", ours["seconds"]["kinds"], "< 5"],
        ["pandana / labo, graph", ratios["pandana_to_labo_build"], ""],
        ["pandana / labo, 6 kinds", ratios["pandana_to_labo_kinds"], ""],
        ["largest difference, m", agree["largest_m"], "<= 1"],
        ["share of times within 1 m", agree["share_within_1_m"], "1"],
    ]
    return (
        f"{ours['nodes']} nodes, {ours['edges']} edges, {ours['street_km']:.0f} km of streets "
        f"(and {ours['islet_km']:.1f} km in islets), {size['homes']} homes, {len(KINDS)} kinds, "
        f"medians of {size['repeats']} runs (pandana: one)\n"
        f"{text_table(['', 'graph s', '6 kinds s', 'peak GiB'], rows)}\n"
        f"{agree['share_without_place']:.1%} have no place within {LIMIT_M:.0f} m\n\n"
        f"{text_table(['', 'measured', 'goal'], goals)}\n"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run and print the tables; with --json, one line that holds every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="50,000 nodes, 20,000 homes")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    found = figures(Size(50_000, 20_000) if given.quick else Size(1_000_000, 200_000))
    sys.stdout.write(json.dumps(found) + "\n" if given.json else report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
