"""Projections, disaster orders and water restrictions in their producers' shapes, good and bad."""

import datetime as dt
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from labo import ensemble
from labo.errors import BadInput
from labo.source import SOURCES, Source, SourceFile
from labo.sources import georisques_catnat, meteo_france, soclem, vigieau

ANGERS = (-0.70, 47.40, -0.40, 47.55)
MODULES = (meteo_france, soclem, georisques_catnat, vigieau)


def the(source_id: str, path: Path, absent: tuple[str, ...] = ()) -> SourceFile:
    source: Source = SOURCES[source_id]
    return SourceFile(
        source=source,
        path=path,
        vintage=source.vintage,
        sha256="",
        absent_columns=frozenset(absent),
    )


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def refused(file: SourceFile, *words: str, bounds: Any = None) -> None:
    with pytest.raises(BadInput) as caught:
        file.table(bounds)
    message = str(caught.value)
    assert "\n" not in message
    for word in (str(file.path), *words):
        assert word in message


def said(file: SourceFile) -> str:
    return " | ".join(f"{n.kind} {n.count} {n.text}" for n in file.notices)


# DRIAS text exports.

COLUMNS = [
    "Point",
    "Latitude",
    "Longitude",
    "Niveau",
    *(official[0] for official in meteo_france.INDICATORS.values()),
    "ATX30D_yr",
]
LEVELS = {"REF": 1.0, "GWL15": 2.0, "GWL20": 3.0, "GWL30": 4.0}


def drias(
    quantile: str = "Q50",
    add: float = 0.0,
    order: list[str] | None = None,
    about: str = "Jeu de donnees : TRACC-2023 (17 simulations)",
    levels: dict[str, float] | None = None,
    extra: dict[str, str] | None = None,
) -> str:
    """An export of two points (Angers, and one 60 km away), a row per point and level."""
    extra = extra or {}
    order = order or [*COLUMNS, *extra]
    lines = ["# ---", "# Producteur : Meteo-France", f"# {about}", f"# Produit : {quantile}"]
    lines.append("# " + ";".join(order) + ";")
    for point, lat, lon in (("8101", "47.4700", "-0.5500"), ("8200", "47.9000", "0.2000")):
        for level, factor in (levels or LEVELS).items():
            cells = {"Point": point, "Latitude": lat, "Longitude": lon, "Niveau": level} | extra
            for at, official in enumerate(COLUMNS[4:], start=1):
                cells[official] = f"{at * factor + add:.2f}"
            lines.append(";".join(cells[name] for name in order) + ";")
    return "\n".join(lines) + "\n"


def quantiles(path: Path) -> Path:
    """The three quantiles, glued in one text as DRIAS gives several extractions."""
    return written(path, drias("Q05", -0.5) + drias("Q50") + drias("Q95", 2.0))


def test_drias_gives_low_median_high_by_horizon(tmp_path: Path) -> None:
    file = the("drias_tracc_2023", quantiles(tmp_path / "drias.txt"))
    table = file.table(ANGERS)
    assert list(table.columns) == meteo_france.TIDY
    assert set(table["point"]) == {"8101"}
    assert len(table) == 4 * 3
    assert set(table["horizon"]) == {"reference", "2030", "2050", "2100"}
    assert set(table["referential"]) == {"TRACC-2023"}
    assert set(table["reference_period"]) == {"1976-2005"}
    assert set(table["members"]) == {17}
    rows = table.set_index(["horizon", "statistic"])
    assert rows.loc[("2050", "median"), "days_above_30"] == 3
    assert rows.loc[("2050", "low"), "days_above_30"] == 2.5
    assert rows.loc[("2050", "high"), "days_above_30"] == 5
    assert rows.loc[("2050", "median"), "warming"] == 2.7
    assert np.isnan(rows.loc[("reference", "median"), "warming"])
    assert rows.loc[("2050", "median"), "cooling_degree_days"] == 27
    assert rows.loc[("2050", "median"), "days_above_30_change"] == 30
    assert table["heat_wave_days_change"].isna().all()
    assert said(file) == ""
    assert table[["latitude", "longitude"]].iloc[0].tolist() == [47.47, -0.55]


def test_the_order_of_the_columns_does_not_matter(tmp_path: Path) -> None:
    plain = the("drias_tracc_2023", written(tmp_path / "a.txt", drias())).table()
    for seed in range(5):
        order = COLUMNS[1:]
        random.Random(seed).shuffle(order)
        # DRIAS always begins with Point: it is how the header is found.
        text = drias(order=["Point", *order])
        shuffled = the("drias_tracc_2023", written(tmp_path / "b.txt", text)).table()
        pd.testing.assert_frame_equal(plain, shuffled)


def test_a_decimal_comma_windows_encoding_and_byte_order_mark(tmp_path: Path) -> None:
    plain = the("drias_tracc_2023", written(tmp_path / "a.txt", drias())).table()
    lines = drias().splitlines()
    commas = [x if x.startswith("#") else x.replace(".", ",") for x in lines]
    commas[2] = "# Jeu de données : TRACC-2023 (17 simulations), été"
    mixed = b"\xef\xbb\xbf# \xc3\xa9t\xc3\xa9\r\n" + "\r\n".join(commas).encode("cp1252")
    file = the("drias_tracc_2023", written(tmp_path / "b.txt", mixed))
    pd.testing.assert_frame_equal(plain, file.table())


def test_a_zip_of_exports_is_one_table(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "drias.zip", "w") as archive:
        for name, add in (("Q05", -0.5), ("Q50", 0), ("Q95", 2)):
            archive.writestr(f"{name}.txt", drias(name, add))
    zipped = the("drias_tracc_2023", tmp_path / "drias.zip").table()
    glued = the("drias_tracc_2023", quantiles(tmp_path / "drias.txt")).table()
    pd.testing.assert_frame_equal(zipped, glued)


def test_the_median_alone_is_told(tmp_path: Path) -> None:
    file = the("drias_tracc_2023", written(tmp_path / "drias.txt", drias()))
    assert set(file.table()["statistic"]) == {"median"}
    assert "missing 1 the high of the ensemble" in said(file)
    assert "missing 1 the low of the ensemble" in said(file)


def test_single_models_become_their_ensemble(tmp_path: Path) -> None:
    text = "".join(drias(f"x\n# Modele : GCM-{i}", add=float(i)) for i in range(21))
    table = the("drias_tracc_2023", written(tmp_path / "drias.txt", text)).table(ANGERS)
    rows = table.set_index(["horizon", "statistic"])
    assert rows.loc["2100", "days_above_30"].to_dict() == {"low": 5, "median": 14, "high": 23}
    assert set(table["members"]) == {21}


def test_one_model_alone_is_refused(tmp_path: Path) -> None:
    text = drias("x\n# Modele :\n#     CNRM-CM5 / ALADIN63")
    file = the("drias_tracc_2023", written(tmp_path / "drias.txt", text))
    with pytest.raises(BadInput, match="CNRM-CM5 / ALADIN63 alone is not an ensemble"):
        file.table()


def test_drias_2020_is_carried_as_such(tmp_path: Path) -> None:
    lines = ["# Jeu : DRIAS-2020", "# Point;Latitude;Longitude;Contexte;Période;Quantile;NORTX35"]
    for context, period, value in (
        ("REFERENCE", "REF", 1),
        ("RCP4.5", "H1", 4),
        ("RCP8.5", "H1", 5),
        ("RCP8.5", "H3", 20),
    ):
        for quantile in ("Q05", "Q50", "Q95"):
            lines.append(f"1;47.5;-0.5;{context};{period};{quantile};{value}")
    absent = tuple(o[0] for n, o in meteo_france.INDICATORS.items() if n != "days_above_35")
    file = the("drias_tracc_2023", written(tmp_path / "d.txt", "\n".join(lines)), absent)
    table = file.table()
    assert set(table["referential"]) == {"DRIAS-2020"}
    assert set(table["horizon"]) == {"reference", "2021-2050", "2071-2100"}
    assert table["warming"].isna().all()
    assert set(table["scenario"]) == {"", "RCP4.5", "RCP8.5"}
    assert "days_above_30" in table.attrs["absent"]
    with pytest.raises(BadInput, match="not a trend"):
        ensemble.check_comparable(["TRACC-2023", *table["referential"]])


def test_unknown_columns_are_named_and_ignored(tmp_path: Path) -> None:
    text = drias(extra={"NORIFM40_yr": "3.0", "NORHDD18_yr": "9.0"})
    file = the("drias_tracc_2023", written(tmp_path / "d.txt", text))
    assert "NORIFM40_yr" not in file.table()
    assert "NORIFM40_yr, NORHDD18_yr" in said(file)


def test_a_missing_column_is_an_error_unless_declared(tmp_path: Path) -> None:
    order = [name for name in COLUMNS if name != "NORTXHWD_yr"]
    path = written(tmp_path / "d.txt", drias(order=order))
    refused(the("drias_tracc_2023", path), "NORTXHWD_yr", "absent_columns")
    table = the("drias_tracc_2023", path, ("NORTXHWD_yr",)).table()
    assert table["heat_wave_days"].isna().all()
    assert table.attrs["absent"] == ["heat_wave_days"]


def test_annual_rows_are_kept_and_months_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "d.txt", drias(extra={"Mois": "7"}))
    refused(the("drias_tracc_2023", path), "mois '7'", "annual")
    year, july = drias(extra={"Mois": "Année"}), drias(extra={"Mois": "7"}, add=1)
    file = the("drias_tracc_2023", written(tmp_path / "e.txt", year + july.splitlines()[-1]))
    assert len(file.table()) == 8
    assert "rejected 1 rows of one mois" in said(file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["no row of data", "Point;Latitude;Longitude"]),
        ("\n".join(drias().splitlines()[:5]), ["no row of data"]),
        ("8101;47.47;-0.55;REF;1\n", ["line 1 before any header"]),
        (drias(levels={"GWL45": 1.0}), ["horizon 'GWL45'", "gwl30"]),
        (drias(about="Jeu inconnu"), ["reference system", "TRACC-2023"]),
        (drias(about="TRACC-2023 et DRIAS-2020"), ["reference system"]),
        (drias(quantile="Moyenne"), ["Q05, Q50, Q95"]),
        (drias().replace("47.4700", "474700.0"), ["latitude", "shifted"]),
        (drias().replace("47.4700", "quarante"), ["'quarante'", "Latitude"]),
        (drias().replace(";GWL30;4.00", ";GWL30;-4.00"), ["days_above_30 = -4"]),
        (drias()[:-20], ["cells on line 13", "cut"]),
        (drias() + drias(add=1.0), ["twice", "different values"]),
    ],
)
def test_bad_exports_are_refused(text: str, words: list[str], tmp_path: Path) -> None:
    refused(the("drias_tracc_2023", written(tmp_path / "drias.txt", text)), *words)


def test_points_of_another_area_are_told(tmp_path: Path) -> None:
    file = the("drias_tracc_2023", quantiles(tmp_path / "drias.txt"))
    assert file.table((5.0, 43.0, 5.2, 43.2)).empty
    assert "none of the file's points" in said(file)


# Pivot years.


def test_real_pivot_years(shared_data: Path) -> None:
    table = the("drias_tracc_pivots", shared_data / "climate/tracc_pivot_years.csv").table()
    assert len(table) == 17
    assert table["pivot_2100"].notna().sum() == 9
    row = table.set_index("member").loc["EC-Earth3_r1i1p1f1_RACMO23E"]
    assert row[["pivot_2030", "pivot_2050", "pivot_2100"]].tolist() == [2026, 2044, 2071]


PIVOTS = """modele,GCM,RCM,scenario,2C,2.7C,4C
A-1_ssp370_r1i1p1f1_RCM-X_MF-CDFt,A-1,RCM-X,ssp370,2030,2040,2060
B-2_ssp370_r1i1p1f2_RCM-X_MF-CDFt,B-2,RCM-X,ssp370,2035,2050,
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (PIVOTS.splitlines()[0], ["no row"]),
        (PIVOTS.replace("A-1_ssp370_r1i1p1f1", "A-1 ssp370"), ["A-1 ssp370"]),
        (PIVOTS.replace("2030,2040", "2040,2030"), ["A-1_r1i1p1f1_RCM-X", "backwards"]),
        (PIVOTS.replace("2060", "2160"), ["2160"]),
        (PIVOTS + PIVOTS.splitlines()[1] + "\n", ["more than once"]),
        (PIVOTS.replace("2.7C", "3C"), ["2.7C"]),
    ],
)
def test_bad_pivot_years_are_refused(text: str, words: list[str], tmp_path: Path) -> None:
    refused(the("drias_tracc_pivots", written(tmp_path / "p.csv", text)), *words)


# Daily NetCDF.

LAT, LON = np.array([47.30, 47.45, 47.50, 47.70]), np.array([-0.80, -0.60, -0.45, -0.20])


def daily(
    folder: Path,
    variable: str,
    values: Callable[[pd.DatetimeIndex], np.ndarray],
    *,
    gcm: str = "A-1",
    run: str = "r1i1p1f1",
    scenario: str = "ssp370",
    years: tuple[int, int] = (2030, 2050),
    units: str = "K",
    calendar: str = "standard",
    flat: bool = True,
) -> Path:
    """One file of the SocleM shape: a value a day, the same in every cell plus the row's number."""
    import xarray as xr

    if calendar == "360_day":
        count = (years[1] - years[0] + 1) * 360
        dates = pd.date_range("2000-01-01", periods=count)
        start = f"{years[0]}-01-01"
        steps = np.arange(count)
    else:
        dates = pd.date_range(f"{years[0]}-01-01", f"{years[1]}-12-31")
        start, steps = "1949-12-01", (dates - pd.Timestamp("1949-12-01")).days.to_numpy()
    grid = np.zeros((4, 4)) + np.arange(4)[:, None] * (0 if "pr" in variable else 0.01)
    cube = (values(dates)[:, None, None] + grid).astype("float64")
    coords: dict[str, Any] = {"time": ("time", steps + 0.5)}
    if flat:
        coords |= {"lat": ("lat", LAT), "lon": ("lon", LON)}
        dims = ("time", "lat", "lon")
    else:
        lats, lons = np.meshgrid(LAT, LON, indexing="ij")
        coords |= {"lat": (("y", "x"), lats), "lon": (("y", "x"), lons)}
        dims = ("time", "y", "x")
    data = xr.Dataset({variable: (dims, cube, {"units": units})}, coords=coords)
    data["time"].attrs = {"units": f"days since {start} 00:00:00", "calendar": calendar}
    name = (
        f"{variable}_FR-Metro_{gcm}_{scenario}_{run}_INST_RCM-X_v1-r1_MF-CDFt_day_"
        f"{years[0]}0101-{years[1]}1231.nc"
    )
    folder.mkdir(exist_ok=True)
    data.to_netcdf(folder / name, engine="h5netcdf")
    return folder / name


def warm(offset: float) -> Callable[[pd.DatetimeIndex], np.ndarray]:
    """20 °C, and 10 days of July above 30 °C from 2020 on, in kelvins."""

    def values(dates: pd.DatetimeIndex) -> np.ndarray:
        july = (dates.month == 7) & (dates.day <= 10) & (dates.year >= 2020)
        return np.where(july, 31.5, 20.0) + offset + 273.15

    return values


def wet(dates: pd.DatetimeIndex) -> np.ndarray:
    """2 mm a day, and 25 mm on 1 March, in kg m-2 s-1."""
    return np.where((dates.month == 3) & (dates.day == 1), 25.0, 2.0) / 86_400


def simulation(folder: Path, **options: Any) -> None:
    offset = options.pop("offset", 0.0)
    daily(folder, "tasminAdjust", warm(offset - 8), **options)
    daily(folder, "tasmaxAdjust", warm(offset), **options)
    daily(folder, "prAdjust", wet, **options | {"units": "kg m-2 s-1"})


def packed(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for member in sorted(folder.iterdir()):
            archive.write(member, member.name)
    return path


@pytest.fixture(scope="module")
def two_simulations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("daily") / "soclem"
    for gcm, run, offset in (("A-1", "r1i1p1f1", 0.0), ("B-2", "r1i1p1f2", 5.0)):
        simulation(
            folder, gcm=gcm, run=run, offset=offset, scenario="historical", years=(1976, 2005)
        )
        simulation(folder, gcm=gcm, run=run, offset=offset, years=(2020, 2059))
    return packed(folder)


def test_daily_files_give_years_and_then_the_same_table(
    two_simulations: Path, tmp_path: Path
) -> None:
    file = the("drias_soclem_2025", two_simulations)
    yearly = file.table(ANGERS)
    assert list(yearly.columns[:5]) == ["member", "point", "latitude", "longitude", "year"]
    assert set(yearly["member"]) == {"A-1_r1i1p1f1_RCM-X", "B-2_r1i1p1f2_RCM-X"}
    # Years between the two files are not there: they are not zero.
    assert set(yearly["year"]) == {*range(1976, 2006), *range(2020, 2060)}
    assert set(yearly["point"]) == {"4 cells"}
    assert yearly["latitude"].iloc[0] == pytest.approx(47.475)
    row = yearly.set_index(["member", "year"]).loc[("A-1_r1i1p1f1_RCM-X", 2030)]
    assert row["days_above_30"] == 10
    assert row["days_above_35"] == 0
    assert row["heat_wave_days"] == 10
    assert row["heavy_rain_days"] == 1
    assert row["maximum_one_day_rain"] == pytest.approx(25)
    assert row["longest_dry_spell"] == 0
    assert row["nights_above_20"] == 10

    pivots = the("drias_tracc_pivots", written(tmp_path / "p.csv", PIVOTS)).table()
    table = soclem.tracc_indicators(yearly, pivots)
    assert list(table.columns) == meteo_france.TIDY
    # Only one of the two reaches +4 °C: that is no ensemble.
    assert set(table["horizon"]) == {"reference", "2030", "2050"}
    assert table.attrs["said"]["2100"].startswith("1 of 2 simulations")
    rows = table.set_index(["horizon", "statistic"])
    assert rows.loc[("2030", "median"), "days_above_30"] == 10
    assert rows.loc[("reference", "median"), "days_above_30"] == 0
    assert rows.loc[("2030", "median"), "days_above_30_change"] == 10
    assert rows.loc[("2030", "low"), "days_above_35"] == pytest.approx(0.5)
    assert rows.loc[("2030", "high"), "days_above_35"] == pytest.approx(9.5)
    assert set(table["members"]) == {2}
    with pytest.raises(BadInput, match="alone is not an ensemble"):
        soclem.tracc_indicators(yearly[yearly["member"].str.startswith("A-1")], pivots)


def test_the_nearest_cell_serves_a_territory_between_cells(two_simulations: Path) -> None:
    yearly = the("drias_soclem_2025", two_simulations).table((-0.56, 47.46, -0.55, 47.47))
    assert set(yearly["point"]) == {"1 cell"}
    assert (yearly["latitude"].iloc[0], yearly["longitude"].iloc[0]) == (47.45, -0.60)


def test_a_grid_in_two_dimensions_and_other_units(tmp_path: Path) -> None:
    folder = tmp_path / "soclem"

    def celsius(offset: float) -> Callable[[pd.DatetimeIndex], np.ndarray]:
        return lambda dates: warm(offset)(dates) - 273.15

    options: dict[str, Any] = {"years": (2030, 2031), "flat": False}
    daily(folder, "tasminAdjust", celsius(-8), units="degC", **options)
    daily(folder, "tasmaxAdjust", celsius(0), units="degC", **options)
    daily(folder, "prAdjust", lambda d: wet(d) * 86_400, units="mm/day", **options)
    file = the("drias_soclem_2025", packed(folder))
    yearly = file.table(ANGERS)
    assert yearly["days_above_30"].tolist() == [10, 10]
    assert yearly["maximum_one_day_rain"].tolist() == pytest.approx([25, 25])
    # Without 1976-2005 there is no normal, so no heat wave: empty and not zero.
    assert yearly["heat_wave_days"].isna().all()
    assert "1976-2005" in said(file)


def test_a_calendar_of_360_days(tmp_path: Path) -> None:
    folder = tmp_path / "soclem"
    simulation(folder, years=(2030, 2031), calendar="360_day")
    yearly = the("drias_soclem_2025", packed(folder)).table(ANGERS)
    assert yearly["year"].tolist() == [2030, 2031]
    assert yearly["heating_degree_days"].notna().all()


def test_days_that_no_projection_has_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "soclem"
    simulation(folder, years=(2030, 2031))
    monkeypatch.setattr(soclem, "MOST_DAYS", 366)
    with pytest.raises(BadInput, match="more than 1 years apart: its times are damaged"):
        the("drias_soclem_2025", packed(folder)).table(ANGERS)


def spoiled(tmp_path: Path, variable: str = "tasmaxAdjust", **options: Any) -> SourceFile:
    folder = tmp_path / "soclem"
    simulation(folder, years=(2030, 2030))
    next(folder.glob(f"{variable}_*")).unlink()
    values = options.pop("values", warm(0))
    daily(folder, variable, values, years=(2030, 2030), **options)
    return the("drias_soclem_2025", packed(folder))


def test_units_that_are_wrong_are_refused(tmp_path: Path) -> None:
    refused(spoiled(tmp_path, units="degF"), "'degF'", "K or degC", bounds=ANGERS)


def test_units_that_lie_are_refused(tmp_path: Path) -> None:
    refused(spoiled(tmp_path, units="degC"), "293.2", "not what it says", bounds=ANGERS)


def test_calendars_that_are_unknown_are_refused(tmp_path: Path) -> None:
    refused(spoiled(tmp_path, calendar="julian"), "julian", "360_day", bounds=ANGERS)


def test_calendars_that_differ_are_refused(tmp_path: Path) -> None:
    refused(spoiled(tmp_path, calendar="noleap"), "several calendars", bounds=ANGERS)


def test_daily_files_without_bounds_or_far_away_are_refused(two_simulations: Path) -> None:
    file = the("drias_soclem_2025", two_simulations)
    refused(file, "bounds")
    refused(file, "give the file of that area", bounds=(5, 43, 5.1, 43.1))


def test_a_variable_that_lacks_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "soclem"
    simulation(folder, years=(2030, 2030))
    next(folder.glob("prAdjust_*")).unlink()
    refused(the("drias_soclem_2025", packed(folder)), "prAdjust", "A-1", bounds=ANGERS)


def test_days_given_twice_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "soclem"
    simulation(folder, years=(2030, 2031))
    daily(folder, "prAdjust", wet, years=(2031, 2032), units="kg m-2 s-1")
    refused(the("drias_soclem_2025", packed(folder)), "twice", bounds=ANGERS)


def test_a_netcdf_that_was_cut_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "soclem"
    simulation(folder, years=(2030, 2030))
    path = next(folder.glob("tasmaxAdjust_*"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    refused(the("drias_soclem_2025", packed(folder)), path.name, "cut", bounds=ANGERS)
    path.write_bytes(b"")
    refused(the("drias_soclem_2025", packed(folder)), path.name, "cut", bounds=ANGERS)


def test_archives_without_netcdf_or_with_unknown_names_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "soclem"
    folder.mkdir()
    written(folder / "readme.txt", "nothing")
    refused(the("drias_soclem_2025", packed(folder)), "no NetCDF", bounds=ANGERS)
    written(folder / "tasmax.nc", "nothing")
    refused(the("drias_soclem_2025", packed(folder)), "'tasmax.nc'", bounds=ANGERS)
    refused(the("drias_soclem_2025", written(tmp_path / "x.zip", "PK")), "ZIP", bounds=ANGERS)


# CatNat orders.

GASPAR = """cod_nat_catnat;cod_commune;lib_commune;num_risque_jo;lib_risque_jo;dat_deb;dat_fin;\
dat_pub_arrete;dat_pub_jo;dat_maj
INTE9900627A;49007;Angers;ICB;Inondations et/ou Coulées de Boue;1999-12-25 00:00:00;\
1999-12-29 00:00:00;1999-12-29 00:00:00;1999-12-30 00:00:00;2020-01-01 00:00:00
INTE2300001A;1004;Ambérieu;SECH;Sécheresse;2022-07-01 00:00:00;2022-09-30 00:00:00;\
2023-04-03 00:00:00;2023-05-03 00:00:00;2023-06-01 00:00:00
INTE1000002A;44184;Saint-Nazaire;CMV;Chocs Mécaniques liés à l'action des Vagues;\
2010-02-27 00:00:00;2010-03-01 00:00:00;;2010-03-02 00:00:00;2010-06-01 00:00:00
"""


def test_orders_of_the_bulk_file(tmp_path: Path) -> None:
    file = the("georisques_catnat_2026", written(tmp_path / "catnat_gaspar.csv", GASPAR))
    table = file.table()
    assert list(table.columns) == georisques_catnat.TIDY
    assert table["commune"].tolist() == ["49007", "01004", "44184"]
    assert "repaired 1 commune codes whose leading zero was lost" in said(file)
    assert table["hazard"].tolist() == ["flood", "drought", "submersion"]
    assert table["begin"].iloc[0] == pd.Timestamp("1999-12-25")
    assert table["published"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("risk", "hazard"),
    [
        ("Inondations et/ou Coulées de Boue", "flood"),
        ("Inondations Remontée Nappe", "flood"),
        ("Inondations, coulées de boue, glissements et chocs mécaniques", "flood"),
        ("Inondations Par Choc Mécanique des Vagues", "submersion"),
        ("Inondation par submersion marine", "submersion"),
        ("Raz de Marée", "submersion"),
        ("SECHERESSE", "drought"),
        ("Mouvements de terrain différentiels consécutifs à la sécheresse", "drought"),
        ("Mouvement de Terrain", "landslide"),
        ("Effondrement et/ou Affaissement", "landslide"),
        ("Éboulement et/ou Chute de Blocs", "landslide"),
        ("Tempête", "storm"),
        ("Vents Cycloniques", "storm"),
        ("Séisme", "other"),
        ("Avalanche", "other"),
        (np.nan, "other"),
    ],
)
def test_the_hazard_is_what_the_order_names_first(risk: object, hazard: str) -> None:
    assert georisques_catnat.hazard(risk) == hazard


def page(number: int = 1, pages: int = 1, begin: str = "25/12/1999") -> dict[str, Any]:
    row = {
        "code_national_catnat": "INTE9900627A",
        "date_debut_evt": begin,
        "date_fin_evt": "29/12/1999",
        "date_publication_arrete": "29/12/1999",
        "date_publication_jo": "30/12/1999",
        "libelle_risque_jo": "Inondations et/ou Coulées de Boue",
        "code_insee": f"4900{number}",
        "libelle_commune": "Angers",
    }
    return {"results": 1, "page": number, "total_pages": pages, "data": [row]}


def as_json(path: Path, content: object) -> SourceFile:
    return the("georisques_catnat_2026", written(path / "catnat.json", json.dumps(content)))


def test_orders_of_the_api(tmp_path: Path) -> None:
    table = as_json(tmp_path, page()).table()
    assert table["begin"].tolist() == [pd.Timestamp("1999-12-25")]
    assert table["hazard"].tolist() == ["flood"]
    both = as_json(tmp_path, [page(1, 2), page(2, 2)]).table()
    assert both["commune"].tolist() == ["49001", "49002"]
    refused(as_json(tmp_path, page(1, 2)), "lacks page 2 of 2")
    refused(as_json(tmp_path, page(begin="31/02/1999")), "'31/02/1999'")
    refused(as_json(tmp_path, {"error": "x"}), "not an answer", "code_insee")
    refused(as_json(tmp_path, "x"), "not an answer")


def test_an_answer_without_content_is_no_answer(tmp_path: Path) -> None:
    empty = the("georisques_catnat_2026", written(tmp_path / "catnat.json", ""))
    table = empty.table()
    assert table.empty
    assert list(table.columns) == georisques_catnat.TIDY
    assert "missing 1 answer without content" in said(empty)
    # No order is an answer.
    none = as_json(tmp_path, {"results": 0, "page": 1, "total_pages": 1, "data": []})
    assert none.table().empty
    assert said(none) == ""


def test_words_in_another_encoding_than_their_file_are_mended(tmp_path: Path) -> None:
    first, *rest = GASPAR.splitlines()
    mixed = "\n".join([first, rest[0]]).encode("utf-8") + b"\n" + rest[1].encode("cp1252")
    file = the("georisques_catnat_2026", written(tmp_path / "c.csv", mixed))
    assert file.table()["risk"].tolist() == ["Inondations et/ou Coulées de Boue", "Sécheresse"]
    assert "another encoding" in said(file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["lacks", "cod_commune"]),
        (GASPAR.splitlines()[0] + "\n", ["a header and no order"]),
        (GASPAR.replace("1999-12-25", "1999-02-30"), ["'1999-02-30 00:00:00'", "dat_deb"]),
        (GASPAR.replace("1999-12-25", "0199-12-25"), ["0199-12-25"]),
        (GASPAR.replace("1999-12-25 00:00:00", "hier"), ["'hier'", "31/12/2024"]),
        (GASPAR.replace("49007", "Angers"), ["'ANGERS'", "49007"]),
        (GASPAR.replace("lib_risque_jo", "risque"), ["lib_risque_jo"]),
    ],
)
def test_bad_orders_are_refused(text: str, words: list[str], tmp_path: Path) -> None:
    refused(the("georisques_catnat_2026", written(tmp_path / "c.csv", text)), *words)


def test_events_that_end_before_they_begin_are_set_aside(tmp_path: Path) -> None:
    text = GASPAR.replace("1999-12-29 00:00:00;1999", "1998-12-29 00:00:00;1999")
    file = the("georisques_catnat_2026", written(tmp_path / "c.csv", text))
    assert len(file.table()) == 2
    assert "rejected 1 orders whose event ends" in said(file)


# Water restrictions.


def orders(*rows: tuple[str, str, str, list[tuple[Any, str, str, list[str]]]]) -> str:
    """VigiEau's CSV: id, begin, end, and zones as (id, type, level, communes)."""
    header = [
        "id,numero,date_debut,date_signature,date_fin,statut,departement,zones_alerte.id",
        "zones_alerte.type,zones_alerte.code,zones_alerte.nom,zones_alerte.niveau_gravite",
        "zones_alerte.communes",
    ]
    lines = [",".join(header)]
    for name, begin, end, zones in rows:
        cells = [name, f"AP-{name}", begin, begin, end, "publie", "49"]
        for values in (
            [z[0] for z in zones],
            [z[1] for z in zones],
            ["49_1" for _ in zones],
            ["Loire à l'amont" for _ in zones],
            [z[2] for z in zones],
            [z[3] for z in zones],
        ):
            cells.append('"' + json.dumps(values, ensure_ascii=False).replace('"', '""') + '"')
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


SUMMER = orders(
    ("1", "2022-05-01", "2022-07-31", [(11, "SUP", "vigilance", []), (12, "SOU", "alerte", [])]),
    ("2", "2022-07-01", "2022-08-31", [(11, "SUP", "crise", [])]),
    ("3", "2022-08-01", "", [(None, "AEP", "alerte_renforcee", ["49007", "1004"])]),
)


def restrictions(tmp_path: Path, text: str) -> SourceFile:
    return the("vigieau_2026", written(tmp_path / "arretes.csv", text))


def test_restrictions_are_one_row_per_order_and_zone(tmp_path: Path) -> None:
    file = restrictions(tmp_path, SUMMER)
    table = file.table()
    assert list(table.columns) == vigieau.TIDY
    assert table["zone"].tolist() == ["11", "12", "11", "01004,49007"]
    assert table["level"].tolist() == [0, 1, 3, 2]
    assert table["communes"].tolist() == ["", "", "", "01004,49007"]
    assert table["end"].isna().tolist() == [False, False, False, True]
    assert table["name"].iloc[0] == "Loire à l'amont"


def test_overlapping_orders_are_not_counted_twice(tmp_path: Path) -> None:
    table = restrictions(tmp_path, SUMMER).table()
    days = vigieau.restriction_days(table, [2021, 2022, 2023], until=dt.date(2022, 12, 31))
    found = days.set_index(["zone", "kind", "year", "level"])["days"]
    # May and June in vigilance; July is under both orders and counts as crisis alone.
    assert found.loc["11", "SUP", 2022].to_dict() == {0: 61, 1: 0, 2: 0, 3: 62}
    assert found.loc["12", "SOU", 2022].to_dict() == {0: 0, 1: 92, 2: 0, 3: 0}
    # Without an end, in force until the file was taken.
    assert found.loc["01004,49007", "AEP", 2022].to_dict() == {0: 0, 1: 0, 2: 153, 3: 0}
    # Before the first order, and after the file was taken, nothing is known.
    assert found.loc["11", "SUP", 2021].isna().all()
    assert found.loc["11", "SUP", 2023].isna().all()


def test_the_same_order_twice_changes_nothing(tmp_path: Path) -> None:
    once = restrictions(tmp_path, SUMMER).table()
    until = dt.date(2022, 12, 31)
    pd.testing.assert_frame_equal(
        vigieau.restriction_days(once, [2022], until=until),
        vigieau.restriction_days(pd.concat([once, once]), [2022], until=until),
    )
    with pytest.raises(BadInput, match="No year"):
        vigieau.restriction_days(once, [], until=until)


def test_restrictions_of_propluvia(tmp_path: Path) -> None:
    text = (
        "id_arrete;id_zone;type_zone;nom_zone;nom_niveau;statut_arrete;debut_validite_arrete;"
        "fin_validite_arrete\n7;400;SUP;Maine;Alerte renforcée;Publié;01/07/2019;30/09/2019\n"
    )
    table = restrictions(tmp_path, text).table()
    assert table[["zone", "kind", "level"]].to_numpy().tolist() == [["400", "SUP", 2]]
    assert table["begin"].tolist() == [pd.Timestamp("2019-07-01")]


def test_drafts_and_orders_repealed_before_they_began_are_set_aside(tmp_path: Path) -> None:
    zone: list[tuple[Any, str, str, list[str]]] = [(11, "SUP", "alerte", [])]
    text = orders(("1", "2022-05-01", "2022-04-30", zone), ("2", "2022-06-01", "", zone))
    text += orders(("3", "2022-06-01", "", zone)).splitlines()[1].replace("publie", "a_valider")
    file = restrictions(tmp_path, text)
    assert file.table()["order"].tolist() == ["2"]
    assert "rejected 1 orders that are not signed yet" in said(file)
    assert "rejected 1 orders that end before they begin" in said(file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["lacks", "date_debut"]),
        (SUMMER.splitlines()[0] + "\n", ["a header and no order"]),
        (SUMMER.replace("vigilance", "panique"), ["'panique'", "alerte renforcée"]),
        (SUMMER.replace('""SOU""', '""MER""'), ["'MER'", "AEP"]),
        (SUMMER.replace("[11, 12]", "[11]"), ["1 values of zones_alerte.id", "2 zones"]),
        (SUMMER.replace("[11, 12]", "[11, 12"), ["JSON list"]),
        (SUMMER.replace("2022-05-01", "2022-13-01"), ["'2022-13-01'", "date_debut"]),
        (SUMMER.replace("1,AP-1,2022-05-01", "1,AP-1,"), ["no date_debut", "'1'"]),
        (SUMMER.replace("49007", "Angers"), ["'ANGERS'"]),
    ],
)
def test_bad_restrictions_are_refused(text: str, words: list[str], tmp_path: Path) -> None:
    refused(restrictions(tmp_path, text), *words)


def test_each_source_is_declared() -> None:
    assert {
        "drias_tracc_2023": "drias_indicators",
        "drias_soclem_2025": "drias_daily",
        "drias_tracc_pivots": "tracc_pivots",
        "georisques_catnat_2026": "catnat",
        "vigieau_2026": "water_restrictions",
    }.items() <= {s.id: s.dataset for s in SOURCES}.items()
    assert len(MODULES) == 4
