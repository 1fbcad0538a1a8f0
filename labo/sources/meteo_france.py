"""Météo-France: climate projections of DRIAS, as text exports; `soclem` has the daily files."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from labo import archives, ensemble
from labo.climate import REFERENCE_PERIOD, FloatArray
from labo.errors import BadInput
from labo.official import Columns, resolve_columns, tidy
from labo.source import SOURCES, Bounds, Source, SourceFile
from labo.spelling import plain

PAGE = "https://www.drias-climat.fr/commande"
# Indicators: tidy name and the official names of the annual value, TRACC-2023's first. TRACC-2023
# also has HDD18 and CDD22: other bases, so other numbers, and they are not taken for these.
INDICATORS: dict[str, tuple[str, ...]] = {
    "days_above_30": ("NORTX30D_yr", "NORTX30D", "NORTX30"),
    "days_above_35": ("NORTX35D_yr", "NORTX35D", "NORTX35"),
    "nights_above_20": ("NORTR_yr", "NORTR"),
    "heat_wave_days": ("NORTXHWD_yr", "NORTXHWD"),  # to check in TRACC-2023
    "longest_dry_spell": ("NORPXCDD_yr", "NORPXCDD"),
    "heavy_rain_days": ("NORPN20MM_yr", "NORPN20MM", "NORRR20D_yr"),  # to check in TRACC-2023
    "maximum_one_day_rain": ("NORRx1d_yr", "NORRx1d"),
    "heating_degree_days": ("NORHDD_yr", "NORHDD"),
    "cooling_degree_days": ("NORCDD_yr", "NORCDD"),
}
# Where a file gives the anomaly of an indicator, its name has A where the value has NOR.
CHANGES = {f"{name}_change": name for name in INDICATORS}
STATISTICS = tuple(ensemble.QUANTILES)
KEYS = ["point", "referential", "scenario", "horizon", "statistic"]
TIDY = [
    "point",
    "latitude",
    "longitude",
    "referential",
    "scenario",
    "horizon",
    "warming",
    "reference_period",
    "statistic",
    "members",
    *INDICATORS,
    *CHANGES,
]
PLACE: dict[str, tuple[str, ...]] = {
    "point": ("Point",),
    "latitude": ("Latitude",),
    "longitude": ("Longitude",),
    "horizon": ("Niveau", "Horizon", "Période", "Periode", "Integration"),
}
CONTEXT = ("contexte", "scenario")
SEASON = ("mois", "saison")
STATISTIC = ("quantile", "statistique")
ANNUAL = {"", "an", "annee", "annuel", "annuelle", "year", "yr"}
# How horizons are written. H1 to H3 are periods of dates, not levels of warming: other names.
HORIZONS = {
    "ref": "reference",
    "reference": "reference",
    "1976-2005": "reference",
    "gwl15": "2030",
    "2030": "2030",
    "gwl20": "2050",
    "2050": "2050",
    "gwl30": "2100",
    "2100": "2100",
    "h1": "2021-2050",
    "2021-2050": "2021-2050",
    "h2": "2041-2070",
    "2041-2070": "2041-2070",
    "h3": "2071-2100",
    "2071-2100": "2071-2100",
}
REFERENTIALS = {
    r"tracc\W?2023": "TRACC-2023",
    r"drias\W?2020": "DRIAS-2020",
    r"socle-?m": "SocleM-2025",
}
QUANTILE_WORDS = {
    "low": r"\bq0?5\b|\b0?5e? ?(er?|eme)? ?(per)?centile",
    "median": r"\bq50\b|\bmediane?\b",
    "high": r"\bq95\b|\b95 ?e?(me|eme)? ?(per)?centile",
}
REFERENCE_TEXT = "-".join(map(str, REFERENCE_PERIOD))
# Points come every 8 km (SAFRAN): around a small territory the nearest may lie outside its bounds.
MARGIN_DEGREES = 0.1


@dataclass
class _Block:
    """One extraction: what its # lines say, its columns, its rows; a file may hold several."""

    said: list[str]
    columns: list[str]
    line: int
    rows: list[list[str]] = field(default_factory=list)

    def value(self, word: str) -> str:
        """Return what stands after "word :" in the # lines, on that line or the next."""
        for at, line in enumerate(self.said):
            if plain(line).startswith(word) and ":" in line:
                after = [line.partition(":")[2].strip(), *(x.strip() for x in self.said[at + 1 :])]
                return next((x for x in after[:2] if x), "")
        return ""


def read_drias(file: SourceFile, bounds: Bounds | None) -> pd.DataFrame:
    """One row per point, horizon and statistic, from text exports of DRIAS (one, or a ZIP of them).

    Columns (`TIDY`): point, latitude, longitude (degrees), referential (TRACC-2023, DRIAS-2020 …),
    scenario, horizon ("reference", "2030", "2050", "2100", or dates such as "2021-2050"), warming
    (°C of mainland France above 1850-1900, NaN where the horizon is no level), reference_period,
    statistic (low|median|high), members (NaN where the file does not say), then `INDICATORS` (days,
    mm, °C·day per year) and, with _change, what the file gives as their anomalies.

    Exports of single models are summarised together; those of one model alone are refused.

    Raises:
        BadInput: no data, an unknown horizon or reference system, one model alone, values that
            cannot be, or see `labo.official.resolve_columns`.
    """
    table = _inside(file, file.told_once("points", _points), bounds)
    # Every extraction of one order repeats the reference period.
    table = table.drop_duplicates(ignore_index=True)
    table = _summarised(file, table)
    twice = table.duplicated(KEYS)
    if twice.any():
        row = table.loc[twice].iloc[0]
        raise BadInput(
            f"{file.path} gives point {row['point']} twice for {row['horizon']} "
            f"({row['statistic']}), with different values: keep one extraction of each."
        )
    for statistic in sorted(set(STATISTICS) - set(table["statistic"])):
        file.note("missing", 1, f"the {statistic} of the ensemble is not in the file")
    absent = [name for name in INDICATORS if table[name].isna().all()]
    table = table[TIDY].sort_values(KEYS, ignore_index=True)
    table.attrs = {}
    table.attrs["absent"] = absent
    return table


def _points(file: SourceFile) -> pd.DataFrame:
    """Return every point of the exports, tidy.

    Raises:
        BadInput: no data, or what `read_drias` refuses of a row or a header.
    """
    blocks = [block for text in _texts(file) for block in _blocks(file, text)]
    if not blocks:
        raise BadInput(
            f"{file.path} has no row of data under a header that begins with Point;Latitude;"
            f"Longitude: order the export again at {PAGE}, in text format."
        )
    return pd.concat([_tidy_block(file, block) for block in blocks], ignore_index=True)


def _texts(file: SourceFile) -> list[list[str]]:
    """Return the lines of the text, or of each text in the ZIP."""
    try:
        if file.path.suffix.lower() != ".zip":
            return [_lines(file.path.read_bytes())]
        with zipfile.ZipFile(file.path) as archive:
            names = sorted(n for n in archive.namelist() if n.lower().endswith((".txt", ".csv")))
            return [_lines(archive.read(n)) for n in names if "__MACOSX" not in n]
    except archives.BROKEN as error:
        raise BadInput(f"{file.path} cannot be read ({error}): fetch it again.") from error


def _lines(content: bytes) -> list[str]:
    """Decode line by line: exports that were glued together may mix UTF-8 and Windows-1252."""
    lines = []
    for line in content.removeprefix(b"\xef\xbb\xbf").splitlines():
        try:
            lines.append(line.decode("utf-8").strip())
        except UnicodeDecodeError:
            lines.append(line.decode("cp1252", errors="replace").strip())
    return lines


def _blocks(file: SourceFile, lines: Sequence[str]) -> list[_Block]:
    blocks: list[_Block] = []
    said: list[str] = []
    for number, line in enumerate(lines, start=1):
        bare = line.lstrip("#").strip()
        cells = [cell.strip() for cell in bare.split(";")]
        if cells[0].lower() == "point" and len(cells) > 1:
            while cells[-1] == "":
                cells.pop()
            if twice := [cell for cell in cells if cells.count(cell) > 1]:
                raise BadInput(
                    f"{file.path} has the column {twice[0]!r} more than once on line {number}: "
                    "order the export again, with each column once."
                )
            blocks.append(_Block(said=said, columns=cells, line=number))
            said = []
        elif line.startswith(("#", "@")):
            said.append(bare)
        elif line:
            if not blocks:
                raise BadInput(
                    f"{file.path} has {line[:40]!r} on line {number} before any header that begins "
                    "with Point;Latitude;Longitude: order the export again with its header."
                )
            width = len(blocks[-1].columns)
            if len(cells) != width and not (len(cells) == width + 1 and cells[-1] == ""):
                raise BadInput(
                    f"{file.path} has {len(cells)} cells on line {number}, its header has {width}: "
                    "the file was cut or changed; fetch it again."
                )
            blocks[-1].rows.append(cells[:width])
    return [block for block in blocks if block.rows]


def _tidy_block(file: SourceFile, block: _Block) -> pd.DataFrame:
    table = pd.DataFrame(block.rows, columns=block.columns, dtype=object)
    wanted: Columns = {**PLACE, **INDICATORS}
    names: dict[str, str | None] = resolve_columns(file, wanted, block.columns)
    by_plain = {plain(name): name for name in block.columns}
    for tidy_name, official in CHANGES.items():
        anomalies = [plain(o).replace("nor", "a", 1) for o in INDICATORS[official]]
        if found := next((by_plain[a] for a in anomalies if a in by_plain), None):
            names[tidy_name] = found
    context, season, statistic = (
        next((by_plain[w] for w in words if w in by_plain), None)
        for words in (CONTEXT, SEASON, STATISTIC)
    )
    used = {*names.values(), context, season, statistic}
    if ignored := [c for c in block.columns if c not in used]:
        file.note("rejected", len(ignored), f"columns that are not read: {', '.join(ignored)}")
    if season is not None:
        annual = table[season].map(plain).isin(ANNUAL)
        if not annual.any():
            raise BadInput(
                f"{file.path} has the {season.lower()} {table[season].iloc[0]!r}; expected annual "
                f"indicators: order them by year at {PAGE}."
            )
        if not annual.all():
            file.note("rejected", int((~annual).sum()), f"rows of one {season.lower()}")
            table = table[annual].reset_index(drop=True)
    contexts = table[context].astype(str) if context else pd.Series([""] * len(table))
    cells = table[statistic].astype(str) if statistic else pd.Series([""] * len(table))
    kept = [official for official in names.values() if official is not None]
    result = tidy(
        file, table[kept], names, ("point", "horizon"), first_line=block.line + 1
    ).reindex(columns=[*PLACE, *INDICATORS, *CHANGES])
    _check_values(file, result)
    horizons = {x: _horizon(file, x) for x in result["horizon"].unique()}
    result["horizon"] = result["horizon"].map(horizons)
    said = plain(" ".join(block.said))
    levels = result["horizon"].map(ensemble.WARMING_LEVELS)
    # A national export repeats few contexts: each is read once.
    referentials = {x: _referential(file, said, x) for x in contexts.map(plain).unique()}
    result["referential"] = contexts.map(plain).map(referentials)
    result["scenario"] = contexts.where(~contexts.map(plain).str.contains("ref|tracc|drias"), "")
    result["warming"] = levels.astype(float)
    result["reference_period"] = REFERENCE_TEXT
    member = block.value("modele")
    rows = cells.map(plain) + " " + contexts.map(plain)
    result["statistic"] = rows.map({x: _statistic(file, x, said, member) for x in rows.unique()})
    simulations = re.search(r"\b(\d{1,4}) (simulations|modeles)", said)
    result["members"] = float(simulations[1]) if simulations else np.nan
    return result


def _horizon(file: SourceFile, value: object) -> str:
    found = HORIZONS.get(re.sub(r"[\[\] ]", "", plain(value)))
    if found is None:
        raise BadInput(
            f"{file.path} has the horizon {str(value)!r}; expected one of {', '.join(HORIZONS)}: "
            "another product was ordered, or the file is of a reference system not known yet."
        )
    return found


def _referential(file: SourceFile, said: str, context: str) -> str:
    """Return the reference system, from the row's context, else from the # lines.

    It is never guessed from RCP and H1 to H3: DRIAS-2014 has the same words.
    """
    for text in (context, said):
        found = {name for pattern, name in REFERENTIALS.items() if re.search(pattern, text)}
        if len(found) == 1:
            return found.pop()
    raise BadInput(
        f"{file.path} says neither in its # lines nor in its context ({context!r}) of which "
        f"reference system its values are; expected one of {', '.join(REFERENTIALS.values())}: "
        "add a line such as '# Jeu de données : TRACC-2023' that repeats the order."
    )


def _statistic(file: SourceFile, row: str, said: str, member: str) -> str:
    """Return low, median or high, or "member …" for a row of a single model."""
    for text in (row, said):
        found = [name for name, pattern in QUANTILE_WORDS.items() if re.search(pattern, text)]
        if len(found) == 1:
            return found[0]
    if member:
        return f"member {member}"
    raise BadInput(
        f"{file.path} says neither which quantile of the ensemble (Q05, Q50, Q95) nor which model "
        f"its values are of: order quantiles at {PAGE}, with the header lines."
    )


def _check_values(file: SourceFile, table: pd.DataFrame) -> None:
    for name, low, high in (
        ("latitude", -90, 90),
        ("longitude", -180, 180),
        *((x, 0, 366) for x in INDICATORS if not x.endswith(("degree_days", "rain"))),
        *((x, 0, 20_000) for x in INDICATORS if x.endswith(("degree_days", "rain"))),
    ):
        wrong = ~(table[name].between(low, high) | table[name].isna())
        if wrong.any():
            raise BadInput(
                f"{file.path} has {name} = {table.loc[wrong, name].iloc[0]:g} at point "
                f"{table.loc[wrong, 'point'].iloc[0]}; expected {low} to {high}: the columns may "
                "have been shifted; fetch it again."
            )


def _inside(file: SourceFile, table: pd.DataFrame, bounds: Bounds | None) -> pd.DataFrame:
    if bounds is None:
        return table
    west, south, east, north = bounds
    near = table["longitude"].between(west - MARGIN_DEGREES, east + MARGIN_DEGREES)
    near &= table["latitude"].between(south - MARGIN_DEGREES, north + MARGIN_DEGREES)
    if not near.any():
        file.note("missing", len(table), "none of the file's points lies around the territory")
    return table[near]


def _summarised(file: SourceFile, table: pd.DataFrame) -> pd.DataFrame:
    """Return quantiles; rows of single models become those of their ensemble.

    Raises:
        BadInput: there is only one model.
    """
    single = table["statistic"].str.startswith("member ")
    if not single.any():
        return table
    members = table[single]
    columns = [*INDICATORS, *CHANGES]
    by = {str(name): rows for name, rows in members.groupby("statistic", sort=True)}
    rest = [name for name in KEYS if name != "statistic"]
    indexes = [rows.set_index(rest).index for rows in by.values()]
    where = indexes[0]
    for index in indexes[1:]:
        where = where.union(index)
    if where.has_duplicates:
        raise BadInput(f"{file.path} gives one model twice at point {where[0][0]}: keep one.")
    spread = ensemble.ensemble(
        {
            n.removeprefix("member "): r.set_index(rest)[columns].reindex(where)
            for n, r in by.items()
        }
    )
    places = members.drop_duplicates(rest).set_index(rest).loc[where]
    return pd.concat(
        [table[~single], *as_statistics(places.reset_index(), spread, columns, len(by))],
        ignore_index=True,
    )


def as_statistics(
    places: pd.DataFrame,
    spread: ensemble.Spread,
    columns: Sequence[str],
    members: float | FloatArray,
) -> Iterator[pd.DataFrame]:
    """Give the rows of `places` three times: low, median and high of `columns`, from `spread`."""
    for name in STATISTICS:
        rows = places.copy()
        rows[list(columns)] = getattr(spread, name)
        rows["statistic"] = name
        rows["members"] = members
        yield rows


SOURCES.add(
    Source(
        id="drias_tracc_2023",
        dataset="drias_indicators",
        label="DRIAS, indicateurs climatiques par niveau de réchauffement (TRACC-2023)",
        producer="Météo-France (DRIAS)",
        licence="Licence Ouverte 2.0",
        vintage="2023",
        page=PAGE,
        format="txt",
        read=read_drias,
        url=None,
        crs=None,
        scope="national",
    )
)
