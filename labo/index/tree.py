"""What an index is: a tree of indicators and aggregates with weights, and nothing of any data."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from labo.errors import BadInput, UnknownName

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# COINr's iMeta columns: these must be there, the others may be.
REQUIRED = ("iCode", "Parent", "Level", "Weight", "Direction", "Type")


@dataclass(frozen=True)
class Index:
    """A tree: indicators are its leaves, aggregates its other nodes, the index itself its root.

    `nodes` are the leaves in their order, then the aggregates, each after all of its children; the
    root is the last. Arrays go along nodes: `parents` (position of the parent, −1 for the root),
    `levels` (1 for a leaf), `weights` (against its siblings; only ratios between siblings matter).
    Along leaves: `directions` (+1: more of it is more of what the index tells), `denominators`
    (column to divide by, or ""), `targets` (NaN where there is none).
    """

    nodes: tuple[str, ...]
    parents: Ints
    levels: Ints
    weights: Floats
    directions: Floats
    denominators: tuple[str, ...]
    targets: Floats

    @property
    def leaves(self) -> tuple[str, ...]:
        """The indicators."""
        return self.nodes[: len(self.directions)]

    @property
    def root(self) -> str:
        """The name of the index."""
        return self.nodes[-1]

    @cached_property
    def children(self) -> dict[int, tuple[int, ...]]:
        """Positions of the children of each aggregate, by its position, lower aggregates first."""
        found: dict[int, list[int]] = {p: [] for p in range(len(self.leaves), len(self.nodes))}
        for position, parent in enumerate(self.parents.tolist()):
            if parent >= 0:
                found[parent].append(position)
        return {parent: tuple(below) for parent, below in found.items()}

    @property
    def components(self) -> tuple[str, ...]:
        """The nodes right under the root."""
        return tuple(self.nodes[child] for child in self.children[len(self.nodes) - 1])

    def position(self, node: str) -> int:
        """Return the position of a node.

        Raises:
            UnknownName: the index has no such node.
        """
        if node not in self.nodes:
            raise UnknownName(f"The index {self.root!r} has no {node!r}; {_some(self.nodes)}")
        return self.nodes.index(node)


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:12])
    return f"it has {shown}{' …' if len(names) > 12 else ''}."


def effective_weights(index: Index, weights: npt.ArrayLike | None = None) -> Floats:
    """Return the share of each node in the whole, as an arithmetic index has it: (nodes, …).

    Args:
        index: its tree.
        weights: other weights than the declared ones, (nodes,) or (nodes, runs).
    """
    given = index.weights if weights is None else np.asarray(weights, dtype=np.float64)
    shares = np.ones_like(given)
    for parent, below in reversed(index.children.items()):
        total = np.sum([given[child] for child in below], axis=0)
        for child in below:
            shares[child] = shares[parent] * given[child] / total
    return shares


def with_weights(index: Index, weights: Mapping[str, float]) -> Index:
    """Return the index with some nodes weighted otherwise; the others keep their weights.

    Raises:
        UnknownName: a node that the index has not.
        BadInput: a weight that is negative or missing, or siblings that all weigh nothing.
    """
    changed = index.weights.copy()
    for node, weight in weights.items():
        changed[index.position(node)] = weight
    found = replace(index, weights=changed)
    _check_weights(found)
    return found


def from_components(
    root: str,
    components: Mapping[str, Mapping[str, float]],
    directions: Mapping[str, int],
    component_weights: Mapping[str, float] | None = None,
) -> Index:
    """Return the index of a declaration: component → {indicator: weight}, under one root.

    Args:
        root: the name of the index.
        components: weights of indicators inside each component.
        directions: +1 or −1 by indicator.
        component_weights: weights of components; one each if not given.

    Raises:
        BadInput: a direction is missing, a name comes twice, or weights are no weights.
    """
    leaves = [name for below in components.values() for name in below]
    if lacking := [name for name in leaves if name not in directions]:
        raise BadInput(f"Indicators of {root!r} without a direction: {', '.join(lacking)}.")
    above = {name: component for component, below in components.items() for name in below}
    rows = [
        _row(name, above[name], 1, components[above[name]][name], directions[name])
        for name in leaves
    ]
    for name in components:
        rows.append(_row(name, root, 2, (component_weights or {}).get(name, 1.0), 1))
    if unknown := set(component_weights or {}) - set(components):
        raise BadInput(f"Weights of components that {root!r} has not: {', '.join(sorted(unknown))}")
    return _built([*rows, _row(root, "", 3, 1.0, 1)], len(leaves))


def _row(code: str, parent: str, level: int, weight: float, direction: int) -> dict[str, Any]:
    return {
        "iCode": code,
        "Parent": parent,
        "Level": level,
        "Weight": weight,
        "Direction": direction,
        "Denominator": "",
        "Target": math.nan,
    }


def from_meta(meta: "pd.DataFrame") -> Index:
    """Return the index of a table with COINr's iMeta columns, one row per node.

    Rows of Type "Indicator" are leaves and those of Type "Aggregate" the other nodes; rows of other
    types (Group, Denominator …) are not of the tree. Parent is empty for the root. A leaf may hang
    at any higher level. Denominator names a column of the data; Target is a value in the unit of
    the indicator. Both columns may be absent.

    Source: Becker et al. 2022, COINr, J. of Open Source Software 7(78) 4567 (iMeta).

    Raises:
        BadInput: a column is missing, or the rows make no tree.
    """
    if lacking := [name for name in REQUIRED if name not in meta]:
        raise BadInput(f"The meta table has no column {', '.join(lacking)}; see COINr's iMeta.")
    known = meta.assign(
        **{name: math.nan for name in ("Denominator", "Target") if name not in meta}
    )
    chosen = known[known["Type"].isin(["Indicator", "Aggregate"])]
    leaf = chosen["Type"] == "Indicator"
    aggregates = chosen[~leaf].sort_values("Level", kind="stable")
    rows = []
    for table in (chosen[leaf], aggregates):
        for row in table.to_dict("records"):
            for column in ("Parent", "Denominator"):
                row[column] = "" if row[column] != row[column] or not row[column] else row[column]
            rows.append({str(key): value for key, value in row.items()})
    return _built(rows, int(leaf.sum()))


def _built(rows: list[dict[str, Any]], leaves: int) -> Index:
    nodes = tuple(str(row["iCode"]) for row in rows)
    if repeated := sorted({node for node in nodes if nodes.count(node) > 1}):
        raise BadInput(f"In the tree twice: {', '.join(repeated)}; each node has one row.")
    if not leaves or leaves == len(nodes):
        raise BadInput(
            f"{leaves} indicators and {len(nodes) - leaves} aggregates: an index needs both."
        )
    place = {node: position for position, node in enumerate(nodes)}
    parents = []
    for row in rows:
        parent = row["Parent"]
        if parent and place.get(parent, -1) < leaves:
            raise BadInput(
                f"The parent {parent!r} of {row['iCode']!r} is no aggregate of the tree."
            )
        parents.append(place[parent] if parent else -1)
    levels = [float(row["Level"]) for row in rows]
    for position, parent in enumerate(parents):
        if parent >= 0 and not levels[position] < levels[parent]:
            raise BadInput(
                f"{nodes[position]!r} is at level {levels[position]:g} and its parent "
                f"{nodes[parent]!r} at {levels[parent]:g}: a parent is higher."
            )
    roots = [node for node, parent in zip(nodes, parents, strict=True) if parent < 0]
    if roots != [nodes[-1]]:
        raise BadInput(
            f"The tree has {len(roots)} nodes without a parent ({', '.join(roots) or 'none'}): it "
            "needs one, the index, at the highest level."
        )
    directions = np.array([float(row["Direction"]) for row in rows[:leaves]])
    for node, direction in zip(nodes, directions.tolist(), strict=False):
        if direction not in (1.0, -1.0):
            raise BadInput(f"The direction of {node!r} is 1 or -1, not {direction:g}.")
    found = Index(
        nodes=nodes,
        parents=np.array(parents, dtype=np.int64),
        levels=np.array(levels).astype(np.int64),
        weights=np.array([float(row["Weight"]) for row in rows]),
        directions=directions,
        denominators=tuple(str(row["Denominator"]) for row in rows[:leaves]),
        targets=np.array([float(row["Target"]) for row in rows[:leaves]]),
    )
    _check_weights(found)
    return found


def _check_weights(index: Index) -> None:
    for node, weight in zip(index.nodes, index.weights.tolist(), strict=True):
        if not (math.isfinite(weight) and weight >= 0):
            raise BadInput(f"The weight of {node!r} is {weight:g}: it must be 0 or more.")
    for parent, below in index.children.items():
        if not below:
            raise BadInput(f"The aggregate {index.nodes[parent]!r} has nothing below it.")
        if not index.weights[list(below)].sum() > 0:
            raise BadInput(f"All that is below {index.nodes[parent]!r} weighs 0: weigh something.")
