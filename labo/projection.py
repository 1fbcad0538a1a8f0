"""From one reference system to another; making the way takes longer than going it once."""

from functools import cache

import pyproj


@cache
def way(source: str, target: str) -> pyproj.Transformer:
    """Return what brings coordinates, x then y, from a system to another ("EPSG:4326", …)."""
    return pyproj.Transformer.from_crs(source, target, always_xy=True)
