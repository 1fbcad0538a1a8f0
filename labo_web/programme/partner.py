"""A partner's file on the website: described, counted by the engine, checked, then accepted.

Rows are never kept. What is shown before it is accepted goes to the page and comes back signed;
only sums by zone that the engine lets through are then written, with the last day of their
agreement.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import tempfile
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from django.core import signing

from labo.agreement import PEOPLE, read_schema
from labo.errors import LaboError
from labo.partner import Imported, Measure, read_partner
from labo.suppression import DEDUCED, INCOMPLETE, NO_ROWS
from labo.territory import CRS, Territory
from labo_web.programme.models import Dataset, Membership
from labo_web.programme.refusals import Refusal, said_of
from labo_web.releases.models import Release

MOST_BYTES, MOST_UNPACKED, MOST_DESCRIPTION = 5_000_000, 60_000_000, 100_000
MOST_LINES, MOST_COLUMNS, MOST_SENT = 200_000, 200, 1_500_000
SALT, VALID = "programme.partner", 2 * 3_600
Table = Mapping[str, Any]


@dataclass(frozen=True)
class Read:
    """What a file gives, before anything is kept."""

    imported: Imported
    report: dict[str, Any]
    rows: list[dict[str, Any]]
    names: Mapping[str, str]

    @property
    def hidden(self) -> list[tuple[str, int]]:
        """Why values are empty, and how many of them."""
        counts: dict[str, int] = {}
        for row in self.rows:
            if row["reason"]:
                counts[row["reason"]] = counts.get(row["reason"], 0) + 1
        return sorted(counts.items(), key=lambda x: (-x[1], x[0]))

    @property
    def deduced(self) -> int:
        """How many values give way because others would tell of them."""
        return sum(row["reason"] == DEDUCED for row in self.rows)

    @property
    def secret(self) -> int:
        """How many are secret by themselves."""
        others = (DEDUCED, INCOMPLETE, NO_ROWS)
        return sum(bool(r["reason"]) and r["reason"] not in others for r in self.rows)

    @property
    def shown(self) -> int:
        """How many values are left."""
        return sum(not row["reason"] for row in self.rows)

    @property
    def impossible(self) -> list[str]:
        """What cannot be: a part that is more than its whole, zone by zone."""
        known = {
            (r["zone"], r["measure"]): r["value"]
            for r in self.rows
            if r["split"] == "" and not r["reason"]
        }
        return [
            f"{self.names.get(zone, zone)} : « {m.label} » y est plus grand que l’ensemble dont il "
            "fait partie."
            for m in self.imported.measures
            for (zone, name), value in sorted(known.items())
            if name == m.id
            and m.unit in PEOPLE
            and (whole := known.get((zone, m.among))) is not None
            and value > whole
        ]

    def sealed(self, dataset: Dataset, member: Membership, person: int) -> str:
        """Return what the page sends back once somebody accepts it: sums, signed.

        Raises:
            Refusal: there is too much of it for a page.
        """
        found = self.imported
        content = {
            "dataset": dataset.pk,
            "member": member.pk,
            "person": person,
            "label": found.label,
            "vintage": found.vintage,
            "agreement": found.agreement.as_json(),
            "measures": [m.as_json() for m in found.measures],
            "report": self.report,
            "table": self.rows,
        }
        made = signing.dumps(content, salt=SALT, compress=True)
        if len(made) > MOST_SENT:
            raise Refusal(
                "Ce fichier donne trop de chiffres pour être montré sur une page : décrivez moins "
                "de colonnes, ou importez-le par la ligne de commande (labo import)."
            )
        return made


def opened(sealed: str) -> dict[str, Any]:
    """Return what was shown, as it was.

    Raises:
        Refusal: it was changed, or shown too long ago.
    """
    try:
        found: dict[str, Any] = signing.loads(sealed, salt=SALT, max_age=VALID)
    except signing.SignatureExpired as error:
        raise Refusal(
            "Ce rapport a été montré il y a plus de deux heures : envoyez le fichier de nouveau."
        ) from error
    except signing.BadSignature as error:
        raise Refusal(
            "Ce rapport n’est pas celui du site : envoyez le fichier de nouveau."
        ) from error
    return found


# Describing


def described(
    dataset: Dataset, content: bytes, name: str, given: Table, description: bytes | None
) -> str:
    """Return the schema of a file as the engine reads it; its agreement is that of the inventory.

    Args:
        dataset: of the inventory.
        content: of the file, whose separator is looked for.
        name: of the file, whose end says its format.
        given: what the form says of columns, where there is no description.
        description: a TOML file as `labo import --template` prints, if one was sent.

    Raises:
        Refusal: it does not say what is needed.
    """
    tables = _simple(given) if description is None else _of_file(dataset, description)
    file = dict(tables["file"])
    file.setdefault("id", "fichier")
    file.setdefault("label", dataset.label)
    file.setdefault("vintage", dataset.vintage or "non dit")
    file["format"] = "xlsx" if name.lower().endswith(".xlsx") else "csv"
    file.pop("separator", None)
    if file["format"] == "csv":
        first = content[:10_000].decode("utf-8", errors="replace").partition("\n")[0]
        file["separator"] = max(";,\t|", key=first.count)
    agreement = {
        "partner": dataset.holder,
        "purpose": dataset.purpose,
        "licence": dataset.reference or "convention",
        "signed": dataset.signed_on,
        "expires": dataset.expires_on,
        "secrecy_threshold": dataset.threshold,
        "contact": "à demander au centre de ressources",
        "publication": "public" if dataset.publication == "public" else "territory team",
    }
    written = tables.get("agreement", {}).get("written_agreements")
    if written:
        agreement["written_agreements"] = written
    parts = [("[agreement]", agreement), ("[file]", file)]
    parts += [("[rows]", tables["rows"])] if "rows" in tables else []
    parts += [("[[columns]]", column) for column in tables["columns"]]
    return "\n".join(f"{head}\n{_toml(table)}" for head, table in parts)


def _simple(given: Table) -> dict[str, Any]:
    """Describe a table already counted by zone, from the names of its columns."""
    whole, parts = given["whole_column"], given["part_columns"]
    columns: list[Table] = [
        {"name": given["zone_column"], "id": "zone", "kind": "zone_code", "zones": given["zones"]},
        {"name": whole, "id": "ensemble", "kind": "count", "unit": given["unit"], "label": whole},
    ]
    columns += [
        {
            "name": part, "id": f"partie_{i}", "kind": "count", "unit": given["unit"],
            "label": part, "among": "ensemble",
        }
        for i, part in enumerate(parts, 1)
    ]  # fmt: skip
    file = {"grain": "aggregated"}
    if given.get("vintage"):
        file["vintage"] = given["vintage"]
    return {"file": file, "columns": columns}


def _of_file(dataset: Dataset, description: bytes) -> dict[str, Any]:
    """Read a description; what it says of the agreement must be what the inventory says."""
    try:
        tables = tomllib.loads(description.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Refusal(
            "La description n’est pas un fichier TOML que l’on sait lire : partez du modèle "
            "proposé sur cette page."
        ) from error
    columns = tables.get("columns")
    if not isinstance(tables.get("file"), dict) or not isinstance(columns, list) or not columns:
        raise Refusal(
            "La description doit avoir une partie [file] et une partie [[columns]] par colonne : "
            "partez du modèle proposé sur cette page."
        )
    if len(columns) > MOST_COLUMNS or not all(isinstance(c, dict) for c in columns):
        raise Refusal(f"La description décrit au plus {MOST_COLUMNS} colonnes, une partie chacune.")
    own = tables.get("agreement", {})
    own = own if isinstance(own, dict) else {}
    for key, known, label in (
        ("signed", dataset.signed_on, "le jour de la signature"),
        ("expires", dataset.expires_on, "le dernier jour"),
        ("secrecy_threshold", dataset.threshold, "le seuil du secret"),
    ):
        if key in own and own[key] != known:
            raise Refusal(
                f"La description et l’inventaire ne disent pas la même chose : {label} y est "
                f"« {own[key]} », ici « {known} ». Corrigez celui des deux qui se trompe."
            )
    return tables


def _toml(table: Table) -> str:
    """Return a table as TOML: texts, numbers, days and lists of texts, and nothing else."""
    lines = []
    for key, value in table.items():
        if isinstance(value, dt.date):
            text = value.isoformat()
        elif isinstance(value, str | bool | int | float) or _texts(value):
            text = json.dumps(value, ensure_ascii=False)
        else:
            raise Refusal(f"La description ne peut pas dire « {key} » de cette façon.")
        lines.append(f"{json.dumps(str(key))} = {text}")
    return "\n".join(lines) + "\n"


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(x, str) for x in value)


def template(dataset: Dataset) -> str:
    """Return a description to fill in, with what the inventory says already."""
    return (
        "# Ce que contient le fichier. La convention est celle de l’inventaire du site.\n"
        "# Une colonne qui n’est pas décrite n’est jamais lue. Ni nom, ni adresse, ni courriel,\n"
        "# ni téléphone, ni date de naissance, ni texte libre.\n\n"
        f'[file]\nid = "fichier"\nlabel = {json.dumps(dataset.label, ensure_ascii=False)}\n'
        f"vintage = {json.dumps(dataset.vintage or '2026', ensure_ascii=False)}\n"
        'grain = "pseudonymised"            # une ligne par logement, ménage ou personne ;\n'
        '                                   # "aggregated" : une ligne par zone, sans [rows]\n\n'
        '[rows]\nid = "logements"\n'
        'unit = "dwelling"                  # ou "household", "resident"\n'
        'label = "Logements"\n\n'
        '[[columns]]\nname = "CLE"                       # le nom dans le fichier\nid = "cle"\n'
        'kind = "pseudonym"                 # 8 lettres et chiffres ou plus, qui ne disent rien\n\n'
        '[[columns]]\nname = "QPV"\nid = "qpv"\nkind = "zone_code"\n'
        'zones = "qpv"                      # ou "commune", "iris"\n\n'
        '[[columns]]\nname = "VACANT"\nid = "vacants"\nkind = "count"\nunit = "dwelling"\n'
        'label = "Logements vacants"\n'
    )


# Reading


def read(
    dataset: Dataset,
    release: Release | None,
    content: bytes,
    name: str,
    schema: str,
    today: dt.date,
) -> Read:
    """Count a file under its agreement; nothing of its rows is in what is returned.

    Raises:
        Refusal: the agreement does not hold, or the file is not what is said of it.
    """
    if not dataset.usable(today):
        raise Refusal(closed(dataset, today))
    bounded(content, name)
    with tempfile.TemporaryDirectory(prefix="partner-") as folder:
        # The engine reads files; these are gone before anything is answered.
        suffix = ".xlsx" if name.lower().endswith(".xlsx") else ".csv"
        file, described_in = Path(folder) / f"file{suffix}", Path(folder) / "schema.toml"
        file.write_bytes(content)
        described_in.write_text(schema, encoding="utf-8")
        try:
            found = read_partner(
                file, read_schema(described_in), today=today,
                territory=territory_of(release) if release else None,
            )  # fmt: skip
        except LaboError as error:
            paths = {str(file): f"« {name} »", str(described_in): "la description"}
            raise said_of(error, paths, dataset) from error
    report = found.report.as_json() if found.report else {}
    rows = _plain(found.table)
    report["without"] = without_value(rows, found.measures, release)
    return Read(found, report, rows, names_of(release))


def closed(dataset: Dataset, today: dt.date) -> str:
    """Say why no file may be read under an agreement today."""
    if dataset.signed_on is None:
        return (
            f"La convention pour « {dataset.label} » n’est pas signée : notez le jour de sa "
            "signature dans l’inventaire, puis revenez."
        )
    if dataset.expires_on is None:
        return (
            f"L’inventaire ne dit pas jusqu’à quand « {dataset.label} » peut être lue : ajoutez le "
            "dernier jour de la convention."
        )
    if today > dataset.expires_on:
        return (
            f"La convention pour « {dataset.label} » a expiré le {dataset.expires_on:%d/%m/%Y} : "
            "son fichier ne peut plus être lu. Renouvelez-la, puis changez la date dans "
            "l’inventaire."
        )
    return (
        f"La convention pour « {dataset.label} » est signée le {dataset.signed_on:%d/%m/%Y}, qui "
        "n’est pas encore venu : attendez ce jour, ou corrigez la date."
    )


def bounded(content: bytes, name: str) -> None:
    """Refuse what is too large, holds macros or formulas, or is neither CSV nor XLSX.

    Raises:
        Refusal: as said.
    """
    lower = name.lower()
    if len(content) > MOST_BYTES:
        raise Refusal(f"« {name} » est trop lourd : {MOST_BYTES // 1_000_000} Mo au plus.")
    if lower.endswith(".csv"):
        if content.count(b"\n") > MOST_LINES:
            raise Refusal(f"« {name} » a trop de lignes : {MOST_LINES} au plus.")
        return
    if not lower.endswith(".xlsx"):
        raise Refusal(f"« {name} » n’est ni un .csv ni un .xlsx : enregistrez-le ainsi.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if sum(m.file_size for m in members) > MOST_UNPACKED:
                raise Refusal(f"« {name} » est trop grand une fois ouvert : allégez-le.")
            if any("vbaproject" in m.filename.lower() for m in members):
                raise Refusal(
                    f"« {name} » contient des macros : enregistrez-le en .xlsx, sans macro."
                )
            pages = [m for m in members if m.filename.startswith("xl/worksheets/")]
            if any(b"<f>" in part or b"<f " in part for part in map(archive.read, pages)):
                raise Refusal(
                    f"« {name} » contient des formules : collez leurs valeurs, puis envoyez-le de "
                    "nouveau."
                )
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
        raise Refusal(f"« {name} » n’est pas un classeur que l’on sait lire.") from error


def territory_of(release: Release) -> Territory:
    """Return the zones of a release as the engine takes them."""
    zones = list(release.zones.exclude(kind="cell"))
    shapes = [shapely.from_geojson(z.geometry) for z in zones]
    frame = gpd.GeoDataFrame(
        {
            "zone": [z.code for z in zones],
            "kind": [z.kind for z in zones],
            "generation": [release.generation if z.kind == "qpv" else "" for z in zones],
            "code": [z.code for z in zones],
            "name": [z.name for z in zones],
        },
        geometry=shapes,
        crs="EPSG:4326",
    ).to_crs(CRS)
    territory = release.territory
    return Territory(territory.code, territory.name, release.generation, frame, (), ())


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows for JSON: a value that is not shown is None."""
    return [
        {str(k): None if isinstance(v, float) and np.isnan(v) else v for k, v in row.items()}
        for row in table.astype(object).to_dict("records")
    ]


def names_of(release: Release | None) -> dict[str, str]:
    """Return the names of the zones of a release, by code."""
    if release is None:
        return {}
    return dict(release.zones.exclude(kind="cell").values_list("code", "name"))


def without_value(
    rows: Sequence[Table], measures: Sequence[Measure], release: Release | None
) -> list[dict[str, Any]]:
    """Return, for each measure, which zones of the territory the file says nothing of.

    They are those without a row, or whose figures are missing; what is secret is there. Zones of
    one kind are compared with all those of the territory: "zones" names them, "of" says how many.
    """
    if release is None or not rows:
        return []
    kinds = {row["kind"] for row in rows}
    kind = "qpv" if "qpv" in kinds else "commune"
    if kind not in kinds:
        return []
    here = dict(release.zones.filter(kind=kind).order_by("name").values_list("code", "name"))
    # Measures that lack the same zones are told together.
    found: dict[tuple[str, ...], list[str]] = {}
    for measure in measures:
        known = {
            row["zone"]
            for row in rows
            if row["measure"] == measure.id and row["reason"] not in (NO_ROWS, INCOMPLETE)
        }
        lacking = tuple(name for code, name in here.items() if code not in known)
        if lacking:
            found.setdefault(lacking, []).append(measure.label)
    return [
        {"measures": labels, "kind": kind, "of": len(here), "zones": list(lacking)}
        for lacking, labels in found.items()
    ]


def measures_of(rows: Sequence[Table], measures: Sequence[Table]) -> list[dict[str, Any]]:
    """Return tables to show: for each measure and split, its rows in order."""
    labels = {m["id"]: m for m in measures}
    groups: dict[tuple[str, str], list[Table]] = {}
    for row in rows:
        groups.setdefault((row["measure"], row["split"]), []).append(row)
    return [
        {"measure": labels[name], "split": split, "rows": found}
        for (name, split), found in groups.items()
    ]
