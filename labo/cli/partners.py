"""`labo import`: a partner's file, under its agreement."""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labo.cli import app
from labo.cli.output import print_json, print_table, records, say, say_folded, tell
from labo.errors import BadInput
from labo.words import NOTHING, NOUNS, UNITS, figure

if TYPE_CHECKING:
    from labo.partner import Imported

TEMPLATE = """\
# Ce que le partenaire a accepté, et ce que contient son fichier.
# Tout est obligatoire, sauf ce qui est dit facultatif. Une colonne qui n'est pas déclarée
# n'est jamais lue. Ni nom, ni adresse, ni courriel, ni téléphone, ni numéro de sécurité
# sociale, ni date de naissance, ni texte libre : un fichier qui en contient est refusé.

[agreement]
partner = "Habitat Exemple"
purpose = "Repérer les logements vacants des quartiers, pour le diagnostic canicule"
licence = "Convention du 12 mars 2026"
signed = 2026-03-12
expires = 2028-12-31               # dernier jour où le fichier peut être lu
secrecy_threshold = 11             # facultatif : 11 ou plus, jamais moins
contact = "service du patrimoine"  # une fonction, jamais une personne
publication = "territory team"     # équipe du territoire ; ou "public" : tout le monde
# written_agreements = ["B01"]     # facultatif : contributeurs d'accord, par écrit, pour que leurs
                                   # propres chiffres soient montrés

[file]
id = "habitat_exemple_2026"
label = "Logements de Habitat Exemple"
vintage = "2026-01"
format = "csv"                     # "csv", "xlsx" (première feuille) ou "gpkg" (points)
separator = ";"                    # pour csv seulement
grain = "pseudonymised"            # une ligne est un logement, un ménage ou une personne ;
                                   # "aggregated" : une ligne est une zone (sans [rows] alors)

[rows]                             # ce qu'est une ligne
id = "dwellings"
unit = "dwelling"                  # "dwelling" (logement), "household" (ménage), "resident"
label = "Logements"

[[columns]]
name = "CLE"                       # le nom de la colonne dans le fichier
id = "key"                         # le nom qu'elle aura ici
kind = "pseudonym"                 # au moins 8 lettres et chiffres qui ne veulent rien dire

[[columns]]                        # où est la ligne : x et y, ou zone_code, ou address_id
name = "X"
id = "x"
kind = "x"
crs = "EPSG:2154"

[[columns]]
name = "Y"
id = "y"
kind = "y"
crs = "EPSG:2154"

# [[columns]]                      # à la place de x et y
# name = "QPV"
# id = "qpv"
# kind = "zone_code"
# zones = "qpv"                    # "qpv", "iris" ou "commune"

[[columns]]
name = "VACANT"
id = "vacant_dwellings"
kind = "count"                     # ce qui se compte et s'additionne
unit = "dwelling"                  # ou "resident", "household", "euro", "m**2"
label = "Logements vacants"
# minimum = 0                      # facultatifs : au-delà, la ligne est rejetée
# maximum = 1
# among = "dwellings"              # parmi quel autre compte ; obligatoire pour des euros ou des m²
                                   # dans un fichier agrégé

[[columns]]
name = "PERIODE"
id = "building_period"
kind = "category"
label = "Période de construction"
values = ["avant 1945", "1945-1970", "depuis 1970"]

# Autres genres de colonnes :
#   date           precision = "year", "month" ou "day" (l'année seule pour une naissance)
#   contributor    code de l'organisme dont vient la ligne (fichier de plusieurs bailleurs)
#   largest_share  part du plus gros contributeur, de 0 à 1 (fichier agrégé)
"""


def _template(asked: bool) -> None:
    if asked:
        say(TEMPLATE.rstrip("\n"))
        raise typer.Exit


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="The partner's file: CSV, XLSX or GeoPackage.")],
    schema: Annotated[Path, typer.Option(help="TOML: the agreement, and what the file holds.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder of what is kept; without it nothing is written.")
    ] = None,
    territory: Annotated[
        str | None, typer.Option(help="EPCI on whose zones rows are counted; points need it.")
    ] = None,
    mirror: Annotated[
        Path | None, typer.Option(help="Folder of files; else what `labo fetch` brought.")
    ] = None,
    generation: Annotated[str, typer.Option(help="Of QPV perimeters: 2024 or 2015.")] = "2024",
    perimeter: Annotated[
        list[Path] | None, typer.Option(help="GeoJSON of a further area; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
    _template_asked: Annotated[
        bool,
        typer.Option(
            "--template", callback=_template, is_eager=True, help="Print a schema to fill in."
        ),
    ] = False,
) -> None:
    """Import a partner's file under its agreement.

    Rows are counted by zone at once and never written; what fewer than the agreed number would
    share is hidden, and what would let it be computed.
    """
    from labo import cache, partner
    from labo import territory as territories
    from labo.agreement import read_schema
    from labo.mirror import open_mirror

    described = read_schema(schema)
    today = dt.datetime.now(dt.UTC).date()
    described.agreement.check(today)  # rather than after the zones are read
    place = None
    if territory is not None:
        folder = mirror if mirror is not None else cache.folder(territory)
        place = territories.load(
            open_mirror(folder), territory, generation=generation, perimeters=perimeter or ()
        )
    elif mirror is not None or perimeter:
        raise BadInput("--mirror and --perimeter need --territory: name the EPCI, or leave them.")
    found = partner.read_partner(file, described, today=today, territory=place)
    if out is not None:
        partner.write(found, out)
    tell(f"{found.label}: {found.agreement.purpose} ({found.agreement.licence})")
    if as_json:
        print_json(records(found.table))
        return
    names = dict(zip(place.zones["zone"], place.zones["name"], strict=True)) if place else {}
    _say_report(found)
    _say_values(found, names, {c.id: c.label for c in described.columns})
    if out is not None:
        say("", str(out))


def _say_report(found: Imported) -> None:
    report, agreement = found.report, found.agreement
    say_folded(f"{found.label} ({found.vintage}), {agreement.partner}")
    rows: list[tuple[str, str]] = [
        ("Finalité :", agreement.purpose),
        ("Licence :", agreement.licence),
        ("Valable jusqu'au :", agreement.expires.strftime("%d/%m/%Y")),
        ("Seuil du secret :", str(agreement.secrecy_threshold)),
        (
            "Publication :",
            "tout le monde" if agreement.publication == "public" else "équipe du territoire",
        ),
    ]
    if report is not None:
        rows += [
            ("Lignes lues :", str(report.read)),
            ("Lignes retenues :", str(report.kept)),
        ]
        if report.encodings:
            text = ", ".join(f"{n} lignes en {name}" for name, n in report.encodings.items())
            rows.append(("Encodage :", text))
        for name, (first, last) in sorted(report.years.items()):
            rows.append((f"Dates ({name}) :", f"de {first} à {last}"))
        for name, count in sorted(report.repaired.items()):
            rows.append(("Réparé :", f"zéro initial remis dans {name}, {count} lignes"))
        for name, count in sorted(report.missing.items()):
            rows.append(("Absent :", f"{name}, {count} lignes"))
        if report.undeclared:
            rows.append(("Non lues :", ", ".join(report.undeclared)))
    print_table(("", ""), rows)
    if report is not None and report.rejected:
        say("")
        lines = [
            (reason, str(x.count), ", ".join(map(str, x.lines)))
            for reason, x in sorted(report.rejected.items())
        ]
        print_table(("lignes rejetées", "combien", "premières lignes"), lines, ("combien",))


def _say_values(found: Imported, names: dict[str, str], labels: dict[str, str]) -> None:
    measures = {m.id: m for m in found.measures}
    for (name, split), group in groupby(
        sorted(records(found.table), key=lambda r: (r["measure"], r["split"], r["zone"])),
        key=lambda r: (r["measure"], r["split"]),
    ):
        unit = measures[name].unit
        # A label such as « Logements vacants » says by itself what is counted.
        counted = "" if unit in NOUNS else f" ({UNITS.get(unit, unit)})"
        say("", measures[name].label + counted + (f", {labels[split].lower()}" if split else ""))
        rows = [
            (
                f"{names[r['zone']]} ({r['zone']})" if r["zone"] in names else r["zone"],
                r["category"],
                figure(r["value"], unit) if not r["reason"] else NOTHING,
                r["reason"] or r["note"],
            )
            for r in group
        ]
        if split:
            print_table(("zone", "catégorie", "valeur", "pourquoi"), rows, ("valeur",))
        else:
            shorter = [(zone, value, why) for zone, _, value, why in rows]
            print_table(("zone", "valeur", "pourquoi"), shorter, ("valeur",))
