"""`labo bridge`: the QPVs of 2015 and of 2024 side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labo.cli import app
from labo.cli.output import print_json, print_table, records, say, say_folded, tell
from labo.errors import MissingFile
from labo.words import figure, interval

CHANGES = {
    "identical": "inchangé",
    "modified": "modifié",
    "new": "nouveau",
    "removed": "sorti",
}
FIGURES = ("surface de 2015", "surface de 2024", "habitants de 2015", "habitants de 2024")


@app.command("bridge")
def bridge_generations(
    territory: Annotated[str, typer.Argument(help="SIREN of an EPCI, or a name of the mirror.")],
    mirror: Annotated[
        Path | None, typer.Option(help="Folder of files; else what `labo fetch` brought.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the draws behind the intervals.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Set the QPVs of 2015 beside those of 2024.

    What of each lies in the others, by surface and by residents. They meet on the ground, never by
    name.
    """
    from labo import bridge, cache
    from labo.mirror import open_mirror

    folder = mirror if mirror is not None else cache.folder(territory)
    if mirror is None and not folder.exists():
        raise MissingFile(
            f"Nothing was fetched for {territory!r}: run `labo fetch {territory}` first, or name a "
            "folder of files with --mirror."
        )
    found = bridge.bridge(open_mirror(folder), territory, seed=seed)
    for notice in found.notices:
        tell(f"{notice.source}: {notice.text} ({notice.count}, {notice.kind})")
    rows = records(found.rows)
    if as_json:
        print_json(rows)
        return
    say(f"{found.name} : les QPV de 2015 et de 2024")
    if not rows:
        say("Aucun QPV, ni en 2015 ni en 2024.")
        return
    say("")
    columns = ("QPV de 2015", "QPV de 2024", "", *FIGURES, "pourquoi")
    print_table(columns, [_line(row) for row in rows], FIGURES)
    say("")
    say_folded(
        "Chaque part est celle du QPV de l'année dite qui se trouve dans l'autre, avec son "
        "intervalle à 90 % pour les habitants (ménages fiscaux des carreaux d'aujourd'hui)."
    )


def _line(row: dict[str, object]) -> list[str]:
    names = [
        f"{row[f'{side}_name']} ({row[side]})" if row[side] else "–"
        for side in ("former", "current")
    ]
    surfaces = [_figure(row[f"area_share_of_{side}"]) for side in ("former", "current")]
    people = [_residents(row, f"residents_share_of_{side}") for side in ("former", "current")]
    return [*names, CHANGES[str(row["change"])], *surfaces, *people, str(row["reason"])]


def _figure(value: object) -> str:
    return figure(value if isinstance(value, float) else None, "1")


def _residents(row: dict[str, object], share: str) -> str:
    low, high = row[f"{share}_low"], row[f"{share}_high"]
    text = _figure(row[share])
    if not (isinstance(low, float) and isinstance(high, float)) or low == high:
        return text
    return f"{text} ({interval(low, high, '1')})"
