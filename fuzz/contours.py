"""Contours that no honest file has."""

import numpy as np
import shapely

from fuzz.draws import FLOATS, Draws

MANY_POINTS = 1_000_000
LYING_WGS84 = (-0.55, 47.45, 0.01)


def square(x: float, y: float, side: float) -> shapely.Geometry:
    """Return a square from its lower left corner."""
    return shapely.box(x, y, x + side, y + side)


def geometry(draws: Draws, like: shapely.Geometry) -> shapely.Geometry:
    """Return a contour that no honest file has."""
    x, y, *_ = like.bounds if not like.is_empty else (0.0, 0.0)
    nasty = draws.pick(FLOATS)
    match draws.below(14):
        case 0:
            return shapely.Polygon()
        case 1:
            return shapely.Point(x, y)
        case 2:
            return shapely.Polygon([(x, y), (x + 1, y + 1), (x + 1, y), (x, y + 1)])
        case 3:
            return shapely.Polygon([(x, y), (x + 1, y), (x, y)])
        case 4:
            return shapely.Polygon([(x, y), (nasty, y), (nasty, nasty), (x, nasty)])
        case 5:
            return shapely.transform(like, lambda xy: xy[:, ::-1])
        case 6:
            return shapely.GeometryCollection([like, shapely.Point(nasty, y)])
        case 7:
            return shapely.LineString([(x, y), (nasty, y)])
        case 8:
            return shapely.MultiPolygon([like, like] if like.geom_type == "Polygon" else [])
        case 9:
            return shapely.transform(like, lambda xy: xy * 1e300)
        case 10:
            # Shapely writes no NaN there; other programs do.
            return shapely.force_3d(like, nasty if nasty == nasty else 1e308)
        case 11:
            return shapely.Polygon([(x, y)] * 5)
        case 12:
            return shapely.transform(like, lambda xy: xy + 1e7)
        case _:
            return (
                shapely.Polygon(like.exterior, [like.exterior])
                if like.geom_type == "Polygon"
                else like
            )


def star(points: int) -> shapely.Geometry:
    """Return a polygon with very many vertices."""
    turn = np.linspace(0, 2 * np.pi, points, endpoint=False)
    far = 0.01 * (1 + 0.5 * (np.arange(points) % 2))
    return shapely.Polygon(np.column_stack([far * np.cos(turn) - 0.5, far * np.sin(turn) + 47.5]))
