"""`labo map` and `labo profile`: a release as pictures, for paper and screen."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labo.cli import app
from labo.cli.output import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labo.release import Release


class Medium(StrEnum):
    """What a picture is made for."""

    PRINT = "print"
    SCREEN = "screen"


Folder = Annotated[Path, typer.Argument(metavar="RELEASE")]
Out = Annotated[Path, typer.Option("-o", "--out", help="File to write: .png, .svg or .pdf.")]
For = Annotated[
    Medium, typer.Option("--for", help="Fine dots for an A4 page, or fewer for a screen (PNG).")
]


@app.command("map")
def draw_map(
    folder: Folder,
    indicator: Annotated[str, typer.Argument(help="Id of an indicator: labo list indicators.")],
    out: Out,
    medium: For = Medium.PRINT,
) -> None:
    """Draw the QPVs of a territory in the classes of an indicator.

    Hatching says where the interval reaches another class, and where there is no value. No cell is
    drawn, so the map may be shown to everyone.
    """
    from labo import disparity, picture, release

    found = release.read(folder)
    x = disparity.declared(found, indicator)
    _refuse(found, out)
    _save(out, picture.map_of(found, x), medium)


@app.command("profile")
def draw_profile(
    folder: Folder,
    zone: Annotated[str, typer.Argument(help="Id, official code or name of a zone.")],
    out: Out,
    medium: For = Medium.PRINT,
    hazard: Annotated[
        str | None, typer.Option(help="Only what tells of this hazard: heat, flood, air …")
    ] = None,
) -> None:
    """Draw the indicators of a zone beside the agglomeration."""
    from labo import profile, release
    from labo.errors import BadInput
    from labo.indicator import HAZARDS

    if hazard is not None and hazard not in HAZARDS:
        raise BadInput(f"--hazard {hazard!r}: give one of {', '.join(HAZARDS)}.")
    found = release.read(folder)
    wanted = found.zone(zone)
    _refuse(found, out)
    _save(out, profile.profile_of(found, wanted, hazard), medium)


def _refuse(found: Release, out: Path) -> None:
    """Refuse a name before the work is done.

    Raises:
        BadInput: not a picture's name, no such folder, or inside the release, which is immutable.
    """
    from labo.errors import BadInput
    from labo.page import SUFFIXES

    if out.suffix.lower() not in SUFFIXES:
        raise BadInput(f"-o {str(out)!r}: end the name in {', '.join(SUFFIXES)}.")
    if out.resolve().is_relative_to(found.folder.resolve()):
        raise BadInput(
            f"-o {str(out)!r} lies in the release, to which nothing may be added: choose another "
            "folder."
        )
    if not out.parent.is_dir() or out.is_dir():
        raise BadInput(f"-o {str(out)!r}: give a file name in a folder that exists.")


def _save(out: Path, figure: Figure, medium: Medium) -> None:
    """Write the picture whole: a drawing that fails leaves no half of a file, nor a full disk."""
    from labo import whole
    from labo.page import DPI, render

    whole.write_file(out, render(figure, out.suffix.lower(), DPI[medium]))
    say(str(out))
