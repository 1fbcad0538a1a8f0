"""Public transport offers in GTFS: the stops, and their departures on an ordinary weekday."""

import zipfile

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from labo import archives
from labo.errors import BadInput
from labo.source import SOURCES, Bounds, Source, SourceFile

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

CRS = "EPSG:4326"
# Where mainland France and what it runs to lies: west, south, east, north, in degrees.
MAINLAND = (-6.0, 41.0, 11.0, 52.0)
# Of location_type: a stop or a platform, which is also what nothing means. Not stations (their
# platforms are stops), entrances, nodes of a path, or boarding areas.
STOP = ("", "0")
NO_PICKUP = "1"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
ADDED, REMOVED = "1", "2"


def read_stops(file: SourceFile, bounds: Bounds | None) -> gpd.GeoDataFrame:
    """One row per stop: stop (id), name, departures, geometry (points, EPSG:4326).

    `departures` are those of the weekday that has the median number of trips among those of the
    offer, the last call of a trip not counted; NaN for all where the files do not tell.

    Raises:
        BadInput: not a whole ZIP, no stops.txt, a column missing, or no stop that lies somewhere.
    """
    table = _table(
        file, "stops.txt", ("stop_id", "stop_name", "stop_lat", "stop_lon"), ("location_type",)
    )
    if table is None:
        raise BadInput(
            f"{file.path} holds no stops.txt, it holds {', '.join(_members(file)[:5]) or 'nothing'}"
            f": a GTFS archive was expected; take it from {file.source.page}."
        )
    stops = table[table["location_type"].isin(STOP)].reset_index(drop=True)
    lat, lon = (_degrees(stops[name]) for name in ("stop_lat", "stop_lon"))
    stops = stops.assign(lat=lat, lon=lon)[_is_somewhere(file, lat, lon)]
    if stops.empty:
        raise BadInput(
            f"{file.path} has no stop to go to in stops.txt ({len(table)} rows): rows with "
            "stop_lat and stop_lon in degrees were expected; fetch it again or ask its producer."
        )
    twice = stops["stop_id"].duplicated()
    if twice.any():
        file.note("rejected", int(twice.sum()), "stops given twice, taken once")
    stops = stops[~twice].reset_index(drop=True)
    departures = _departures(file)
    known = np.nan if departures is None else stops["stop_id"].map(departures).fillna(0.0)
    found = gpd.GeoDataFrame(
        {"stop": stops["stop_id"], "name": stops["stop_name"], "departures": known},
        geometry=gpd.points_from_xy(stops["lon"], stops["lat"]),
        crs=CRS,
    )
    return _around(file, found, bounds)


def _around(file: SourceFile, stops: gpd.GeoDataFrame, bounds: Bounds | None) -> gpd.GeoDataFrame:
    if bounds is None:
        return stops
    west, south, east, north = bounds
    near = stops.cx[west:east, south:north].reset_index(drop=True)
    if near.empty:
        file.note("missing", len(stops), "no stop of the offer lies around the territory")
    return near


def _members(file: SourceFile) -> list[str]:
    """Return the names in the archive.

    Raises:
        BadInput: not a whole ZIP.
    """
    return archives.names(file.path, "GTFS archive (ZIP)")


def _table(
    file: SourceFile, name: str, needed: tuple[str, ...], optional: tuple[str, ...] = ()
) -> pd.DataFrame | None:
    """Return a table of the archive as text, empty where it says nothing; None if it has none.

    Raises:
        BadInput: not a whole ZIP, not a CSV table, or a column of `needed` is missing.
    """
    inside = [m for m in _members(file) if m.rpartition("/")[2] == name and "__MACOSX" not in m]
    if not inside:
        return None
    wanted = {*needed, *optional}

    def read(encoding: str) -> pd.DataFrame:
        with zipfile.ZipFile(file.path) as archive, archive.open(inside[0]) as stream:
            return pd.read_csv(
                stream,
                dtype=str,
                encoding=encoding,
                encoding_errors="strict" if encoding == "utf-8-sig" else "replace",
                usecols=lambda column: column.strip() in wanted,
                skipinitialspace=True,
                keep_default_na=False,
            )

    try:
        try:
            table = read("utf-8-sig")
        except UnicodeDecodeError:
            table = read("cp1252")
    except ValueError as error:
        raise BadInput(f"{file.path} holds a {name} that is no CSV table ({error}).") from error
    except archives.BROKEN as error:
        raise BadInput(f"{file.path} is damaged ({error}): fetch it again.") from error
    table.columns = table.columns.str.strip()
    missing = [column for column in needed if column not in table]
    if missing:
        raise BadInput(
            f"{file.path} lacks {', '.join(missing)} in {name}: fetch it again or ask its producer."
        )
    for column in set(optional) - set(table.columns):
        table[column] = ""
    return table.apply(lambda values: values.str.strip())


def _degrees(words: "pd.Series[str]") -> Floats:
    return pd.to_numeric(words.str.replace(",", "."), errors="coerce").to_numpy(dtype=float)


def _is_somewhere(file: SourceFile, lat: Floats, lon: Floats) -> Bools:
    """Return which stops lie at a place that can be; the others are told of."""
    nowhere = ~((np.abs(lat) <= 90) & (np.abs(lon) <= 180)) | ((lat == 0) & (lon == 0))
    swapped = ~nowhere & ~_in_mainland(lat, lon) & _in_mainland(lon, lat)
    if nowhere.any():
        file.note("rejected", int(nowhere.sum()), "stops without a place, or at 0/0")
    if swapped.any():
        file.note("rejected", int(swapped.sum()), "stops whose latitude and longitude are swapped")
    return ~nowhere & ~swapped


def _in_mainland(lat: Floats, lon: Floats) -> Bools:
    west, south, east, north = MAINLAND
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _departures(file: SourceFile) -> "pd.Series[float] | None":
    """Return the departures of an ordinary weekday by stop id; None, told, where nothing tells."""
    calls = _table(
        file, "stop_times.txt", ("trip_id", "stop_id", "stop_sequence"), ("pickup_type",)
    )
    trips = _table(file, "trips.txt", ("trip_id", "service_id"))
    running = None if trips is None else _services_of_a_weekday(file, trips)
    if calls is None or trips is None or running is None:
        file.note(
            "missing",
            1,
            "departures by stop: stop_times.txt, trips.txt and a calendar with weekdays are needed",
        )
        return None
    if any(member.rpartition("/")[2] == "frequencies.txt" for member in _members(file)):
        file.note("missing", 1, "trips that frequencies.txt repeats count once")
    calls = calls[calls["trip_id"].isin(trips.loc[trips["service_id"].isin(running), "trip_id"])]
    order = pd.to_numeric(calls["stop_sequence"], errors="coerce")
    # Nobody leaves from where a trip ends.
    last = order == order.groupby(calls["trip_id"]).transform("max")
    return (
        calls[~last & (calls["pickup_type"] != NO_PICKUP)].groupby("stop_id").size().astype(float)
    )


def _services_of_a_weekday(file: SourceFile, trips: pd.DataFrame) -> "pd.Series[str] | None":
    """Return the services that run on the weekday that has the median number of trips.

    Among all Mondays to Fridays of the offer that have any, so that holidays and the summer do not
    stand for the year. None without a calendar, or if nothing runs on a weekday.
    """
    regular = _table(file, "calendar.txt", ("service_id", "start_date", "end_date", *WEEKDAYS), ())
    special = _table(file, "calendar_dates.txt", ("service_id", "date", "exception_type"))
    if regular is None:
        regular = pd.DataFrame(columns=["service_id", "start_date", "end_date", *WEEKDAYS])
    if special is None:
        special = pd.DataFrame(columns=["service_id", "date", "exception_type"])
    regular = regular.assign(start=_days(regular["start_date"]), end=_days(regular["end_date"]))
    special = special.assign(day=_days(special["date"]))
    regular, special = regular.dropna(), special.dropna()
    days = pd.concat([regular["start"], regular["end"], special["day"]]).astype(int)
    if days.empty:
        return None
    first = int(days.min())
    load = np.zeros(int(days.max()) - first + 2)
    weight = trips.groupby("service_id").size()
    counted = regular["service_id"].map(weight).fillna(0).to_numpy(dtype=float)
    weekday = (np.arange(len(load)) + first + 3) % 7  # day 0, 1 January 1970, was a Thursday
    for number, name in enumerate(WEEKDAYS):
        runs = np.where(regular[name] == "1", counted, 0.0)
        steps = np.zeros(len(load))
        np.add.at(steps, regular["start"].to_numpy(dtype=int) - first, runs)
        np.add.at(steps, regular["end"].to_numpy(dtype=int) - first + 1, -runs)
        load += np.where(weekday == number, np.cumsum(steps), 0.0)
    counted = special["service_id"].map(weight).fillna(0).to_numpy(dtype=float)
    sign = special["exception_type"].map({ADDED: 1.0, REMOVED: -1.0}).fillna(0.0).to_numpy()
    np.add.at(load, special["day"].to_numpy(dtype=int) - first, sign * counted)
    ordinary = np.flatnonzero((weekday < len(WEEKDAYS)) & (load > 0))
    if not len(ordinary):
        return None
    day = ordinary[np.argsort(load[ordinary], kind="stable")[(len(ordinary) - 1) // 2]]
    name = WEEKDAYS[weekday[day]]
    here = (regular["start"] <= day + first) & (regular["end"] >= day + first)
    today = special[special["day"] == day + first]
    removed = today.loc[today["exception_type"] == REMOVED, "service_id"]
    services = pd.concat(
        [
            regular.loc[here & (regular[name] == "1"), "service_id"],
            today.loc[today["exception_type"] == ADDED, "service_id"],
        ]
    )
    return services[~services.isin(removed)]


def _days(dates: "pd.Series[str]") -> "pd.Series[float]":
    """Return days since 1970; NaN for what is no date."""
    parsed = pd.to_datetime(dates, format="%Y%m%d", errors="coerce")
    return (parsed - pd.Timestamp("1970-01-01")).dt.days.astype(float)


SOURCES.add(
    Source(
        id="transport_gtfs_2026",
        dataset="gtfs",
        label="Arrêts et horaires des transports en commun (GTFS)",
        producer="Autorités organisatrices de la mobilité",
        licence="Licence Ouverte 2.0 ou ODbL 1.0, selon l'autorité",
        vintage="2026",
        page="https://transport.data.gouv.fr/datasets",
        url=None,
        format="zip",
        crs=CRS,
        scope="territory",
        local_holder="l’autorité organisatrice de la mobilité",
        read=read_stops,
        inside=_around,
    )
)
