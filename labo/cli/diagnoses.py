"""`labo diagnose`, `show`, `check` and `compare`: a diagnosis and its release."""

import datetime
import sys
from pathlib import Path
from typing import Annotated, Any, Optional

import pandas as pd
import typer

from labo import cache, comparison, release
from labo.catalogue import INDICATORS
from labo.cli import app
from labo.cli.output import figure, print_json, print_table, tell
from labo.diagnosis import DRAWS, diagnose, raking_alerts
from labo.mirror import open_mirror

GIVEN_KINDS = ["perimeter", "qpv", "epci", "rest_of_epci"]


@app.command("diagnose")
def diagnose_territory(
    territory: Annotated[str, typer.Argument(help="EPCI SIREN, or a name of the mirror")],
    out: Annotated[Path, typer.Option(help="folder of the release; must not exist")],
    generation: Annotated[str, typer.Option(help="of QPV perimeters: 2024 or 2015")] = "2024",
    seed: Annotated[int, typer.Option(help="of the draws")] = 0,
    draws: Annotated[int, typer.Option(help="how many")] = DRAWS,
    mirror: Annotated[
        Optional[Path], typer.Option(help="folder of files; else what `labo fetch` brought")
    ] = None,
    perimeter: Annotated[
        Optional[list[Path]], typer.Option(help="GeoJSON of a further area; may be repeated")
    ] = None,
    rake: Annotated[
        bool, typer.Option("--rake", help="fit census estimates to the official QPV population")
    ] = False,
) -> None:
    """Diagnose a territory and write the release."""
    files = open_mirror(mirror if mirror is not None else cache.folder(territory))
    done = diagnose(
        files,
        territory,
        generation=generation,
        seed=seed,
        draws=draws,
        perimeters=perimeter or (),
        rake=rake,
        tell=tell,
    )
    written = release.write(done, out)
    for notice in done.notices:
        tell(f"{notice.source}: {notice.text} ({notice.count}, {notice.kind})")
    for zone in raking_alerts(done.raking):
        tell(f"{zone}: the estimate is more than 15 % away from the official population")
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    tell(f"{now} {done.territory.name}: {len(done.values)} values written")
    sys.stdout.write(f"{written.folder}\n")


@app.command()
def show(
    folder: Annotated[Path, typer.Argument(metavar="RELEASE")],
    zone: Annotated[Optional[str], typer.Argument(help="code or name; else all QPVs")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array.")] = False,
) -> None:
    """Read a release: its neighbourhoods side by side, or everything about one zone."""
    found = release.read(folder)
    zones = found.zones[found.zones["kind"] != "cell"]
    wanted = [found.zone(zone)] if zone is not None else list(zones["zone"])
    values = found.values[found.values["zone"].isin(wanted)]
    if as_json:
        print_json(_plain(values))
    elif zone is not None:
        _show_zone(found, values)
    else:
        _show_all(found, zones, values)


def _plain(values: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows for JSON: what is missing is null."""
    rows: list[dict[str, Any]] = (
        values.astype(object).where(values.notna(), None).to_dict("records")
    )
    return rows


def _show_zone(found: release.Release, values: pd.DataFrame) -> None:
    zone = found.zones[found.zones["zone"] == values["zone"].iloc[0]].iloc[0]
    labels = {x["id"]: x["label"] for x in found.catalogue["indicators"]}
    rows = []
    for v in values.itertuples():
        interval = f"{figure(v.low, v.unit)} à {figure(v.high, v.unit)}"
        known = v.reason == ""
        rows.append(
            [
                labels.get(v.indicator, v.indicator),
                figure(v.central, v.unit),
                interval if known else "",
                f"{100 * v.imputed_share:.0f} %" if known and pd.notna(v.imputed_share) else "",
                str(v.n_cells) if known and v.n_cells else "",
                v.method if known else "",
                v.reason,
            ]
        )
    print_table(
        ("indicateur", "valeur", "intervalle à 90 %", "imputé", "carreaux", "méthode", "vide car"),
        rows,
        title=f"{zone['name']} ({zone['zone']}), {found.manifest['territory']['name']}",
    )
    for s in found.manifest["sources"]:
        sys.stdout.write(f"{s['producer']}, {s['label']}, {s['vintage']} ({s['licence']})\n")


def _show_all(found: release.Release, zones: pd.DataFrame, values: pd.DataFrame) -> None:
    chosen = (
        "population",
        "poverty_share",
        "aged_65_plus_share",
        "children_0_3_share",
        "one_person_household_share",
        "social_housing_share",
        "mean_standard_of_living",
    )
    labels = {x.id: x.label for x in INDICATORS}
    rows = []
    shown = zones[zones["kind"].isin(GIVEN_KINDS)]
    for zone in shown.itertuples():
        mine = values[values["zone"] == zone.zone].set_index("indicator")
        row = [zone.name, zone.zone]
        for name in chosen:
            v = mine.loc[name]
            text = figure(v["central"], v["unit"])
            if v["reason"] == "":
                text += f"\n[{figure(v['low'], v['unit'])} – {figure(v['high'], v['unit'])}]"
            row.append(text)
        rows.append(row)
    print_table(
        ("zone", "code", *(labels[name] for name in chosen)),
        rows,
        title=f"{found.manifest['territory']['name']} : valeur [intervalle à 90 %]",
    )
    empty = values[values["zone"].isin(shown["zone"]) & (values["reason"] != "")]
    for reason, count in empty["reason"].value_counts().items():
        sys.stdout.write(f"vide ({count} valeurs) : {reason}\n")


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(metavar="RELEASE")],
    against: Annotated[
        Optional[Path], typer.Option(help="another release: what would the two tell together?")
    ] = None,
) -> None:
    """Verify a release: its bytes, its values, and that it tells nothing about too few people."""
    found = release.read(folder)
    wrong = release.check(found)
    if against is not None:
        other = release.read(against)
        wrong += [f"{against}: {text}" for text in release.check(other)]
        wrong += release.check_against(found, other) if not wrong else []
    for text in wrong:
        tell(f"labo: {text}")
    if wrong:
        raise typer.Exit(1)
    count = len(found.manifest["files"])
    sys.stdout.write(f"{folder}: sound ({count} files, {len(found.values)} values)\n")


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(metavar="A")],
    second: Annotated[Path, typer.Argument(metavar="B")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array.")] = False,
) -> None:
    """Compare two releases: what comes from the data, from the perimeter, from the method."""
    found = comparison.compare(release.read(first), release.read(second))
    for text in found.warnings:
        tell(f"labo: {text}")
    if as_json:
        print_json(_plain(found.rows))
        return
    rows = [
        [
            r.zone,
            r.indicator,
            *(figure(x, r.unit) for x in (r.first, r.second, r.difference)),
            *(figure(x, r.unit) for x in (r.data, r.perimeter, r.method)),
        ]
        for r in found.rows.itertuples()
    ]
    print_table(("zone", "indicator", "A", "B", "B − A", "data", "perimeter", "method"), rows)
