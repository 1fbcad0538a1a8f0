"""Composite indices on any table: steps, ranks, uncertainty, sensitivity, weights, comparison.

The steps keep COINr's words and order: denominate, impute, screen, treat, normalise, aggregate.
Each is a function on arrays, units first, and on draws after indicators when there are any; `build`
does them all on a table. Nothing here knows of France.
"""

from labo.index.aggregate import Aggregated, aggregate
from labo.index.build import Built, build, leaf_values, rerank
from labo.index.compare import Agreement, compare
from labo.index.information import value_of_information
from labo.index.normalise import Scale, normalise
from labo.index.prepare import availability, denominate, impute, screen
from labo.index.rank import classes, classes_between, percentile, ranks
from labo.index.replicate import Choices, Uncertainty, replicate, uncertainty
from labo.index.runs import Recipe, Reference, normalised
from labo.index.sensitivity import Sensitivity, sensitivity
from labo.index.treat import Treatment, treat
from labo.index.tree import Index, effective_weights, from_components, from_meta, with_weights
from labo.index.weights import Scan, parts_of, scan, simplex

__all__ = [
    "Aggregated",
    "Agreement",
    "Built",
    "Choices",
    "Index",
    "Recipe",
    "Reference",
    "Scale",
    "Scan",
    "Sensitivity",
    "Treatment",
    "Uncertainty",
    "aggregate",
    "availability",
    "build",
    "classes",
    "classes_between",
    "compare",
    "denominate",
    "effective_weights",
    "from_components",
    "from_meta",
    "impute",
    "leaf_values",
    "normalise",
    "normalised",
    "parts_of",
    "percentile",
    "ranks",
    "replicate",
    "rerank",
    "scan",
    "screen",
    "sensitivity",
    "simplex",
    "treat",
    "uncertainty",
    "value_of_information",
    "with_weights",
]
