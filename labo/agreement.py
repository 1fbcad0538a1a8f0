"""What a partner agreed to, and what its file looks like: the schema that comes with the file.

A schema is a TOML file. Everything in it is required unless said otherwise; what is not known is an
error, and a column of the file that it does not declare is never read.

[agreement]
partner = "Habitat Exemple"            who gives the file
purpose = "Repérer les logements …"    what it may be used for
licence = "Convention du 12 mars 2026" under which terms
signed = 2026-03-12
expires = 2028-12-31                   the last day on which it may be read
secrecy_threshold = 11                 optional; 11 or more, never less
contact = "service du patrimoine"      a role at the partner's, never a person
publication = "territory team"         or "public"
written_agreements = ["B01"]           optional; contributors that let their own figures be shown

[file]
id = "habitat_exemple_2026"            small letters, digits and _
label = "Logements de Habitat Exemple" in French, as it will be cited
vintage = "2026-01"
format = "csv"                         or "xlsx" (its first sheet), "gpkg" (points)
separator = ";"                        csv only
grain = "pseudonymised"                rows are dwellings, households or residents; or
                                       "aggregated": rows are zones

[rows]                                 pseudonymised only: what a row is
id = "dwellings"
unit = "dwelling"                      or "household", "resident"
label = "Logements"

[[columns]]                            one for each column that is read
name = "VACANT"                        as it stands in the file
id = "vacant_dwellings"                as it will be called here
kind = "count"                         see below; each kind has keys of its own

Kinds, and their keys:

zone_code       zones = "qpv", "iris" or "commune". The official code; a leading zero that was lost
                in a spreadsheet is put back.
x, y            crs = "EPSG:2154". Both, pseudonymised only; a gpkg holds its points itself.
address_id      A key of the Base adresse nationale, of which only the commune is read.
                Pseudonymised only.
count           unit and label (in French). A quantity that adds up: dwellings, residents, euro,
                m**2. minimum (0 if not given) and maximum are optional. among = "dwellings" names
                the count that it is part of; in an aggregated file a quantity that counts no one
                (euro, m**2) needs it, to know how many stand behind.
category        values = ["avant 1945", "depuis 1945"], label. Anything else rejects the row: there
                is no free text.
date            precision = "year", "month" or "day". Births are taken by year only.
pseudonym       Pseudonymised only, and required there: letters and digits that mean nothing.
contributor     Code of the organisation a row comes from, such as a landlord; optional.
largest_share   Aggregated only, optional: the part of the largest contributor, from 0 to 1.
"""

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from labo import units
from labo.errors import BadInput, LaboError, MissingFile
from labo.identifiers import named_like, of_birth
from labo.secrecy import MIN_HOUSEHOLDS

Publication = Literal["territory team", "public"]
Grain = Literal["pseudonymised", "aggregated"]
Format = Literal["csv", "xlsx", "gpkg"]
Zones = Literal["qpv", "iris", "commune"]
Kind = Literal[
    "zone_code",
    "x",
    "y",
    "address_id",
    "count",
    "category",
    "date",
    "pseudonym",
    "contributor",
    "largest_share",
]
PEOPLE = ("dwelling", "household", "resident")
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
# For each kind, the keys that it must have and those that it may have.
KEYS: Mapping[str, tuple[set[str], set[str]]] = {
    "zone_code": ({"zones"}, set()),
    "x": ({"crs"}, set()),
    "y": ({"crs"}, set()),
    "address_id": (set(), set()),
    "count": ({"unit", "label"}, {"minimum", "maximum", "among"}),
    "category": ({"values", "label"}, set()),
    "date": ({"precision"}, set()),
    "pseudonym": (set(), set()),
    "contributor": (set(), set()),
    "largest_share": (set(), set()),
}
NOT_AGGREGATED = ("x", "y", "address_id", "pseudonym", "contributor")
MANY = ("count", "category", "date")


@dataclass(frozen=True)
class Agreement:
    """What a partner agreed to; the module's docstring says what each word means."""

    partner: str
    purpose: str
    licence: str
    signed: dt.date
    expires: dt.date
    contact: str
    publication: Publication
    secrecy_threshold: int = MIN_HOUSEHOLDS
    written_agreements: tuple[str, ...] = ()

    def expired(self, today: dt.date) -> bool:
        """Say whether the last day on which the file may be read is over."""
        return today > self.expires

    def check(self, today: dt.date) -> None:
        """Refuse what is out of the agreement's time.

        Raises:
            LaboError: it has expired, or is not signed yet.
        """
        if self.expired(today):
            raise LaboError(
                f"The agreement with {self.partner} expired on {self.expires.isoformat()}: its "
                "data may not be read any more; renew the agreement, then give the new date, or "
                "delete the file and what was imported from it."
            )
        if today < self.signed:
            raise LaboError(
                f"The agreement with {self.partner} is signed on {self.signed.isoformat()}, which "
                "is still to come: wait for it, or correct `signed`."
            )

    def as_json(self) -> dict[str, Any]:
        """Return it for JSON, dates as YYYY-MM-DD."""
        plain = asdict(self) | {"written_agreements": list(self.written_agreements)}
        return plain | {"signed": self.signed.isoformat(), "expires": self.expires.isoformat()}


@dataclass(frozen=True)
class Column:
    """A column of the file that is read; what its kind does not have is empty."""

    name: str
    id: str
    kind: Kind
    label: str = ""
    unit: str = ""
    zones: Zones | None = None
    crs: str = ""
    values: tuple[str, ...] = ()
    precision: Literal["year", "month", "day"] = "year"
    minimum: float = 0.0
    maximum: float = float("inf")
    among: str = ""


@dataclass(frozen=True)
class Rows:
    """What a row of a pseudonymised file is."""

    id: str
    unit: str
    label: str


@dataclass(frozen=True)
class Schema:
    """A file as its schema describes it. `rows` is None where rows are zones."""

    agreement: Agreement
    id: str
    label: str
    vintage: str
    format: Format
    separator: str
    grain: Grain
    rows: Rows | None
    columns: tuple[Column, ...]
    sha256: str

    def of_kind(self, kind: Kind) -> list[Column]:
        """Return the columns of a kind, in the order of the schema."""
        return [c for c in self.columns if c.kind == kind]

    def only(self, kind: Kind) -> Column | None:
        """Return the column of a kind that there is at most one of."""
        return next(iter(self.of_kind(kind)), None)


def read_schema(path: Path) -> Schema:
    """Read a schema; everything that can be said without the file is checked.

    Raises:
        MissingFile: no such file; BadInput: it is not TOML, or not a schema.
    """
    if not path.is_file():
        raise MissingFile(
            f"There is no schema {str(path)!r}: `labo import --template` prints one to fill in."
        )
    raw = path.read_bytes()
    try:
        content = tomllib.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path} is not valid TOML ({error}): correct it there.") from error
    _keys(path, "the schema", content, {"agreement", "file", "columns"}, {"rows"})
    for name, expected in (("agreement", dict), ("file", dict), ("columns", list)):
        if not isinstance(content[name], expected):
            raise BadInput(
                f"{path}: {name!r} is not written as [agreement], [file] and [[columns]] are; see "
                "`labo import --template`."
            )
    agreement = _agreement(path, content["agreement"])
    file = content["file"]
    wanted = {"id", "label", "vintage", "format", "grain"}
    _keys(path, "[file]", file, wanted, {"separator"})
    for key in wanted:
        _text(path, "[file]", file, key)
    _one_of(path, "[file]", file, "format", get_args(Format))
    _one_of(path, "[file]", file, "grain", get_args(Grain))
    _identifier(path, "[file]", file)
    if (file["format"] == "csv") != ("separator" in file):
        raise BadInput(
            f'{path}: [file] has format {file["format"]!r}; separator = ";" (or ",", or a tab) '
            "goes with csv, and with csv only."
        )
    if "separator" in file and file["separator"] not in (";", ",", "\t", "|"):
        raise BadInput(
            f"{path}: [file] has separator {file['separator']!r}; expected ; , | or a tab."
        )
    schema = Schema(
        agreement=agreement,
        separator=file.get("separator", ""),
        rows=_rows(path, file["grain"], content.get("rows")),
        columns=tuple(_column(path, c) for c in content["columns"]),
        sha256=hashlib.sha256(raw).hexdigest(),
        **{key: file[key] for key in wanted},
    )
    _check_whole(path, schema)
    return schema


def _agreement(path: Path, table: Mapping[str, Any]) -> Agreement:
    where = "[agreement]"
    texts = {"partner", "purpose", "licence", "contact", "publication"}
    _keys(
        path,
        where,
        table,
        texts | {"signed", "expires"},
        {"secrecy_threshold", "written_agreements"},
    )
    for key in sorted(texts):
        _text(path, where, table, key)
    for key in ("signed", "expires"):
        # A date and time is a date too in Python.
        if type(table[key]) is not dt.date:
            raise BadInput(f"{path}: {where} has {key} = {table[key]!r}; expected 2026-03-12.")
    if table["expires"] < table["signed"]:
        raise BadInput(
            f"{path}: {where} expires on {table['expires']}, before it is signed "
            f"({table['signed']}): correct one of the dates."
        )
    _one_of(path, where, table, "publication", get_args(Publication))
    threshold = table.get("secrecy_threshold", MIN_HOUSEHOLDS)
    if type(threshold) is not int or threshold < MIN_HOUSEHOLDS:
        raise BadInput(
            f"{path}: {where} has secrecy_threshold = {threshold!r}; expected a whole number from "
            f"{MIN_HOUSEHOLDS}: no agreement can ask for less."
        )
    if "@" in table["contact"] or re.search(r"\d[ .-]?\d[ .-]?\d[ .-]?\d", table["contact"]):
        raise BadInput(
            f"{path}: {where} gives a contact with an address or a number; expected a role, such "
            'as "service du patrimoine".'
        )
    written = _texts(path, where, table, "written_agreements")
    return Agreement(
        **{key: table[key] for key in (*texts, "signed", "expires")},
        secrecy_threshold=threshold,
        written_agreements=written,
    )


def _rows(path: Path, grain: str, table: object) -> Rows | None:
    if (grain == "pseudonymised") != isinstance(table, dict):
        raise BadInput(
            f"{path}: the grain is {grain!r}; [rows] goes with pseudonymised files, which need it, "
            "and with no other."
        )
    if not isinstance(table, dict):
        return None
    _keys(path, "[rows]", table, {"id", "unit", "label"}, set())
    for key in ("id", "unit", "label"):
        _text(path, "[rows]", table, key)
    _identifier(path, "[rows]", table)
    _one_of(path, "[rows]", table, "unit", PEOPLE)
    return Rows(**table)


def _column(path: Path, table: object) -> Column:
    if not isinstance(table, dict) or not isinstance(table.get("name"), str):
        raise BadInput(f"{path}: each [[columns]] needs the name that it has in the file.")
    name = table["name"]
    where = f"column {name!r}"
    kind = str(table.get("kind"))
    if kind not in KEYS:
        raise BadInput(
            f"{path}: {where} has kind {kind!r}; expected one of {', '.join(KEYS)}: free text and "
            "what names people are never read."
        )
    needed, optional = KEYS[kind]
    _keys(path, where, table, {"name", "id", "kind"} | needed, optional)
    for key in ({"id", "unit", "label", "crs"} & set(table)) | {"name"}:
        _text(path, where, table, key)
    _identifier(path, where, table)
    if kind != "address_id":
        refuse_name(f"{path}: {where}", name)
        refuse_name(f"{path}: {where}, read as {table['id']!r},", table["id"])
    if "zones" in table:
        _one_of(path, where, table, "zones", get_args(Zones))
    if "precision" in table:
        _one_of(path, where, table, "precision", ("year", "month", "day"))
    if (of_birth(name) or of_birth(table["id"])) and (
        kind != "date" or table["precision"] != "year"
    ):
        raise BadInput(
            f"{path}: {where} holds births, which would single people out: ask the partner for the "
            'year alone, with kind = "date" and precision = "year".'
        )
    if "crs" in table and re.fullmatch(r"EPSG:\d{4,6}", table["crs"]) is None:
        raise BadInput(f"{path}: {where} has crs {table['crs']!r}; expected such as EPSG:2154.")
    if "unit" in table:
        try:
            units.parse(table["unit"])
        except ValueError as error:
            raise BadInput(f"{path}: {where}: {error}") from error
    values = _texts(path, where, table, "values")
    if kind == "category" and not values:
        raise BadInput(f"{path}: {where} is a category and lists no values.")
    for key in ("minimum", "maximum"):
        if key in table and (
            isinstance(table[key], bool) or not isinstance(table[key], int | float)
        ):
            raise BadInput(f"{path}: {where} has {key} = {table[key]!r}; expected a number.")
    if table.get("minimum", 0) < 0:
        raise BadInput(f"{path}: {where} has minimum {table['minimum']!r}; expected 0 or more.")
    return Column(**(cast("dict[str, Any]", table) | {"values": values}))


def _check_whole(path: Path, schema: Schema) -> None:
    """Refuse columns that do not go together.

    Raises:
        BadInput: as said.
    """
    ids = [c.id for c in schema.columns] + ([schema.rows.id] if schema.rows else [])
    for what, names in (("id", ids), ("name", [c.name.lower() for c in schema.columns])):
        if twice := sorted({x for x in names if names.count(x) > 1}):
            raise BadInput(f"{path}: two columns have the {what} {twice[0]!r}: rename one.")
    for kind in get_args(Kind):
        if kind not in MANY and len(schema.of_kind(kind)) > 1:
            raise BadInput(f"{path}: there are several columns of kind {kind!r}; keep one.")
    zone, x, y = schema.only("zone_code"), schema.only("x"), schema.only("y")
    if (x is None) != (y is None) or (x is not None and y is not None and x.crs != y.crs):
        raise BadInput(f"{path}: x and y go together, with the same crs.")
    located = [c for c in (zone, x, schema.only("address_id")) if c is not None]
    if schema.grain == "aggregated":
        for kind in NOT_AGGREGATED:
            if schema.of_kind(cast(Kind, kind)):
                raise BadInput(
                    f"{path}: an aggregated file has zones, so no column of kind {kind}."
                )
        if zone is None or not schema.of_kind("count"):
            raise BadInput(f"{path}: an aggregated file needs a zone_code and a count.")
        if len(schema.of_kind("category")) > 1:
            raise BadInput(f"{path}: an aggregated file may have one category; give one file each.")
    else:
        if schema.only("pseudonym") is None:
            raise BadInput(
                f"{path}: a pseudonymised file needs a column of kind pseudonym, without which "
                "nobody can tell whether a row comes twice."
            )
        if schema.of_kind("largest_share"):
            raise BadInput(f"{path}: largest_share goes with an aggregated file only.")
        points = schema.format == "gpkg" and not located
        if len(located) != 1 and not points:
            raise BadInput(
                f"{path}: say where a row is, in one way: zone_code, or x and y, or address_id."
            )
    counts = {c.id: c for c in schema.of_kind("count")}
    for c in counts.values():
        base = counts.get(c.among)
        if c.among and (base is None or base.unit not in PEOPLE or base.among):
            raise BadInput(
                f"{path}: column {c.name!r} is among {c.among!r}, which is no count of dwellings, "
                "households or residents by itself: give the id of such a column."
            )
        if schema.grain == "aggregated" and c.unit not in PEOPLE and not c.among:
            raise BadInput(
                f"{path}: column {c.name!r} is in {c.unit}: give among, the id of the count of "
                "those who stand behind, without which secrecy cannot be kept."
            )


def refuse_name(where: str, name: str) -> None:
    """Refuse a column named like what tells who a person is.

    Raises:
        BadInput: it is.
    """
    what = named_like(name)
    if what is not None:
        raise BadInput(
            f"{where} would hold {what}, which is never imported: ask the partner for a file "
            "without it, or rename it if it holds something else."
        )


def _keys(
    path: Path, where: str, table: Mapping[str, Any], needed: set[str], optional: set[str]
) -> None:
    if missing := sorted(needed - set(table)):
        raise BadInput(
            f"{path}: {where} lacks {', '.join(missing)}; `labo import --template` shows where."
        )
    if unknown := sorted(set(table) - needed - optional):
        raise BadInput(
            f"{path}: {where} has unknown key {unknown[0]!r}; known are "
            f"{', '.join(sorted(needed | optional))}."
        )


def _text(path: Path, where: str, table: Mapping[str, Any], key: str) -> None:
    if not isinstance(table[key], str) or not table[key].strip():
        raise BadInput(f"{path}: {where} has {key} = {table[key]!r}; expected a text.")


def _texts(path: Path, where: str, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(x, str) and x for x in found):
        raise BadInput(f"{path}: {where} has {key} = {found!r}; expected a list of texts.")
    if len(set(found)) < len(found):
        raise BadInput(f"{path}: {where} gives the same text twice in {key}.")
    return tuple(found)


def _one_of(
    path: Path, where: str, table: Mapping[str, Any], key: str, known: Sequence[str]
) -> None:
    if table[key] not in known:
        raise BadInput(
            f"{path}: {where} has {key} = {table[key]!r}; expected {' or '.join(known)}."
        )


def _identifier(path: Path, where: str, table: Mapping[str, Any]) -> None:
    if IDENTIFIER.fullmatch(table["id"]) is None:
        raise BadInput(
            f"{path}: {where} has id {table['id']!r}; expected small letters, digits and _."
        )
