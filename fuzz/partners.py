"""What a partner gives: the schema of its file, and the file as a table, a workbook or points."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from fuzz import Entry, Try
from fuzz.archives import Xlsx
from fuzz.draws import Draws
from fuzz.files import TOML
from fuzz.maps import GeoPackage
from fuzz.samples import Csv, Json, Sample, Text
from labo.errors import LaboError

TODAY = dt.date(2026, 11, 1)
HEAD = """[agreement]
partner = "Habitat Exemple"
purpose = "Repérer les logements vacants"
licence = "Convention du 12 mars 2026"
signed = 2026-03-12
expires = 2028-12-31
contact = "service du patrimoine"
publication = "territory team"

[file]
id = "habitat"
label = "Logements de Habitat Exemple"
vintage = "2026-01"
"""
ROWS = """grain = "pseudonymised"
{format}

[rows]
id = "dwellings"
unit = "dwelling"
label = "Logements"

[[columns]]
name = "CLE"
id = "key"
kind = "pseudonym"

[[columns]]
name = "VACANT"
id = "vacant"
kind = "count"
unit = "dwelling"
label = "Vacants"

[[columns]]
name = "PERIODE"
id = "period"
kind = "category"
label = "Période"
values = ["ancien", "récent"]

[[columns]]
name = "ENTREE"
id = "entered"
kind = "date"
precision = "year"
"""
ZONE = '\n[[columns]]\nname = "QPV"\nid = "qpv"\nkind = "zone_code"\nzones = "qpv"\n'
SUMS = """grain = "aggregated"
format = "csv"
separator = ";"

[[columns]]
name = "COM"
id = "commune"
kind = "zone_code"
zones = "commune"

[[columns]]
name = "N"
id = "dwellings"
kind = "count"
unit = "dwelling"
label = "Logements"

[[columns]]
name = "LOYERS"
id = "rents"
kind = "count"
unit = "euro"
label = "Loyers"
among = "dwellings"

[[columns]]
name = "PART"
id = "share"
kind = "largest_share"
"""


def _table() -> list[list[str]]:
    rows = [
        [f"k{i:07d}zq", str(i % 2), ("ancien", "récent")[i % 2], str(1990 + i), "QN99901M"]
        for i in range(24)
    ]
    return [["CLE", "VACANT", "PERIODE", "ENTREE", "QPV"], *rows]


def _entry(name: str, prepare: Callable[[Path, Path], Try], *watched: str) -> Entry:
    known = ("labo.agreement", "labo.partner_file", "labo.partner_sums", "labo.suppression")
    return Entry(
        name=f"partner_{name}", prepare=prepare, refusals=(LaboError,), watched=(*known, *watched)
    )


def _schema(folder: Path, shared: Path) -> Try:
    from labo.agreement import read_schema

    del shared
    texts = [
        HEAD + ROWS.format(format='format = "csv"\nseparator = ";"') + ZONE,
        HEAD + SUMS,
    ]
    samples = [Text(text, (*TOML, 'kind = "x"', "values = []", 'values = ["a", "a"]', "minimum = nan",
                           'crs = "EPSG:0"', 'unit = "m**"', "secrecy_threshold = 0")) for text in texts]  # fmt: skip
    path = folder / "schema.toml"

    def attempt(given: bytes) -> None:
        draws = Draws(given)
        path.write_bytes(draws.pick(samples).changed(draws))
        read_schema(path).agreement.check(TODAY)

    return attempt


def _file(text: str, sample: Callable[[], Sample], name: str) -> Callable[[Path, Path], Try]:
    def prepare(folder: Path, shared: Path) -> Try:
        from labo.agreement import read_schema
        from labo.partner import read_partner

        del shared
        about = folder / "schema.toml"
        about.write_text(text, encoding="utf-8")
        schema, path, made = read_schema(about), folder / name, sample()

        def attempt(given: bytes) -> None:
            path.write_bytes(made.changed(Draws(given)))
            read_partner(path, schema, today=TODAY)

        return attempt

    return prepare


def _points() -> Sample:
    import io

    import geopandas as gpd
    import shapely

    head, *rows = _table()
    table = {name: [row[i] for row in rows] for i, name in enumerate(head)}
    points = [shapely.Point(-1.5 + i / 1_000, 47.4) for i in range(len(rows))]
    out = io.BytesIO()
    gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326").to_file(out, driver="GPKG")
    return GeoPackage(out.getvalue())


def _kept(folder: Path, shared: Path) -> Try:
    """What an import kept: its agreement changed by hand."""
    from labo.agreement import read_schema
    from labo.partner import AGREEMENT, read, read_partner, write

    del shared
    about, path = folder / "schema.toml", folder / "file.csv"
    about.write_text(HEAD + ROWS.format(format='format = "csv"\nseparator = ";"') + ZONE, "utf-8")
    path.write_bytes(Csv(_table()).changed(Draws(b"")))
    out = folder / "habitat"
    write(read_partner(path, read_schema(about), today=TODAY), out)
    sample = Json((out / AGREEMENT).read_bytes())

    def attempt(given: bytes) -> None:
        (out / AGREEMENT).write_bytes(sample.changed(Draws(given)))
        read(out, TODAY)

    return attempt


def _format(said: str) -> str:
    return HEAD + ROWS.format(format=said) + ZONE


ENTRIES = [
    _entry("schema", _schema),
    _entry(
        "csv", _file(_format('format = "csv"\nseparator = ";"'), lambda: Csv(_table()), "f.csv")
    ),
    _entry("xlsx", _file(_format('format = "xlsx"'), lambda: Xlsx(_table()), "f.xlsx")),
    _entry("gpkg", _file(_format('format = "gpkg"'), _points, "f.gpkg")),
    _entry(
        "aggregated",
        _file(
            HEAD + SUMS,
            lambda: Csv(
                [
                    ["COM", "N", "LOYERS", "PART"],
                    ["49007", "120", "60000", "0.4"],
                    ["49015", "8", "4000", "1"],
                    ["01001", "40", "", ""],
                ]
            ),
            "f.csv",
        ),
    ),
    _entry("kept", _kept, "labo.partner"),
]
