"""The figures of every benchmark that one looks at first, in one table, beside their rivals."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from bench import text_table

HEAD = ("benchmark", "what", "measured", "goal", "beside", "the same of it", "ratio")


class Headline(NamedTuple):
    """A figure: where it stands in what its benchmark gives, and a rival's of the same run."""

    benchmark: str
    what: str
    path: str
    goal: str = ""
    beside: str = ""
    rival: str = ""


def _of_room(database: str, said: str) -> list[Headline]:
    return [
        Headline("room", f"{said}: errors", f"{database}.errors", "0"),
        Headline("room", f"{said}: p95, ms", f"{database}.p95_ms", "< 250"),
        Headline("room", f"{said}: burst p95, ms", f"{database}.burst_p95_ms", "< 1000"),
        Headline("room", f"{said}: acknowledged and lost", f"{database}.lost", "0"),
        Headline("room", f"{said}: stored twice", f"{database}.twice", "0"),
    ]


HEADLINES = (
    Headline("access", "1 million nodes, 6 kinds, s", "sides.labo.seconds.kinds", "< 5",
             "pandana", "sides.pandana.seconds.kinds"),
    Headline("crosswalk", "matrix and 40 variables, s", "sides.labo.seconds.all",
             "<= 3 × one variable", "exactextract, one", "sides.exactextract.seconds.one"),
    Headline("crosswalk", "the same", "sides.labo.seconds.all", "tobler >= 20 ×",
             "tobler, 40", "sides.tobler.seconds.all"),
    Headline("crosswalk", "the same", "sides.labo.seconds.all", "",
             "geopandas, 40", "sides.geopandas.seconds.all"),
    Headline("crosswalk", "peak GiB", "sides.labo.peak_gib", "< 4",
             "tobler", "sides.tobler.peak_gib"),
    Headline("diagnosis", "150,000 residents, s", "seconds", "< 15",
             "geopandas script", "analyst_seconds"),
    Headline("diagnosis", "peak GiB", "peak_gib", "< 2", "geopandas script", "analyst_peak_gib"),
    Headline("france", "s per 100,000 residents", "seconds_per_100000_residents", "< 5"),
    Headline("france", "peak GiB of a worker", "peak_gib", "< 6"),
    Headline("index", "Sobol, 3,000 runs, s", "works.sobol.labo_seconds", "< 1",
             "pandas", "works.sobol.pandas_seconds_for_as_many"),
    Headline("index", "1,362 × 45, 1,000 times, s", "works.replications.labo_seconds", "< 10",
             "pandas", "works.replications.pandas_seconds_for_as_many"),
    Headline("index", "weights, s", "works.weights.labo_seconds", "< 1",
             "pandas", "works.weights.pandas_seconds_for_as_many"),
    Headline("portfolio", "1,500 options, s", "works.list.seconds", "< 3"),
    Headline("portfolio", "value of the list", "works.list.value", "",
             "greedy", "works.greedy.value"),
    Headline("portfolio", "front, s", "works.front.seconds", "< 60"),
    Headline("scenario", "night of 5 × 5 km, s", "works.whole.labo.seconds", "< 1",
             "scipy fftconvolve", "works.whole.fftconvolve.seconds"),
    Headline("scenario", "a plan, s", "works.plan.seconds", "< 0.3"),
    Headline("site", "neighbourhood, queries", "page.queries", "< 8"),
    Headline("site", "neighbourhood, ms", "page.ms", "< 50"),
    Headline("site", "100 readers, errors", "readers.errors", "0"),
    Headline("site", "import of the country, s", "country.import_s", "< 180"),
    Headline("site", "comparison, ms", "country.comparison.ms", "< 300"),
    Headline("solutions", "site before and after, ms", "pages.site.ms", "< 200"),
    Headline("roadmaps", "200 actions, queries", "pages.list_queries", "< 10"),
    Headline("roadmaps", "200 actions, ms", "pages.list_ms", "< 150"),
    Headline("roadmaps", "annex, s", "pages.annex_s", "< 10"),
    Headline("roadmaps", "50 officers, lost", "crowd.apart.lost", "0"),
    *_of_room("sqlite", "SQLite"),
    *_of_room("postgres", "PostgreSQL"),
    Headline("faults", "kills survived", "kills", ">= 100"),
    Headline("faults", "violations", "violations", "0"),
    Headline("coverage", "indicators in 85-95 %", "indicators", "all"),
    Headline("ranks", "true rank in its interval, share", "all.held", ">= 0.85"),
    Headline("ranks", "pairs told apart that are right, share", "all.right", ">= 0.9"),
    Headline("ranks", "twins told apart, share", "all.twins_told_apart", "<= 0.1"),
)  # fmt: skip


def table(found: Mapping[str, dict[str, Any]]) -> str:
    """Return the table of what was measured; a figure that was not is said so."""
    rows: list[list[object]] = []
    for line in HEADLINES:
        figures = found.get(line.benchmark)
        if figures is None:
            continue
        ours, theirs = _at(figures, line.path), _at(figures, line.rival)
        ratio = theirs / ours if _is_number(ours) and ours and _is_number(theirs) else None
        rows.append(
            [
                line.benchmark,
                line.what,
                "not measured" if ours is None else ours,
                line.goal,
                line.beside,
                "" if theirs is None else theirs,
                "" if ratio is None else ratio,
            ]
        )
    return text_table(HEAD, rows) + "\nratio: the rival's figure over ours\n"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _at(figures: dict[str, Any], path: str) -> Any:
    """Return the figure at a path of names; of a list of violations or indicators, their count."""
    if not path:
        return None
    value: Any = figures
    for name in path.split("."):
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    if path == "indicators":
        inside = sum(0.85 <= row["coverage"] <= 0.95 for row in value)
        return f"{inside} of {len(value)}"
    return len(value) if isinstance(value, list) else value
