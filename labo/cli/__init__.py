"""The command line `labo`: results on stdout, what is being done on stderr.

Modules of this package import what is heavy inside their commands, so that `labo --help` is quick.
"""

import io
import os
import sys
from typing import Annotated

import typer

from labo.errors import LaboError

app = typer.Typer(
    name="labo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        sys.stdout.write(f"labo {version('labo')}\n")
        raise typer.Exit


@app.callback()
def labo(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which it is.")
    ] = False,
) -> None:
    """Diagnose the vulnerability of priority neighbourhoods (QPV) to climate change.

    Try it: `labo demo town`, then `labo diagnose ville-temoin --mirror town --out release`, then
    `labo show release`.
    """


def main() -> None:
    """Run `labo`; what the reader can mend is one sentence on stderr and exit code 1."""
    from labo.cli import (  # noqa: F401 (their commands)
        bridges,
        declarations,
        diagnoses,
        files,
        indices,
        inequality,
        measures,
        national,
        pages,
        partners,
        picture,
        portfolio,
        reading,
        scenario,
    )

    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that knows no narrow space still shows the figure.
        sys.stdout.reconfigure(errors="replace")
    try:
        try:
            app(prog_name="labo")
        finally:
            sys.stdout.flush()
    except LaboError as error:
        _fail(str(error))
    except BrokenPipeError:
        # `labo show … | head` closes the pipe: nothing is left to say, nor to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        where = f"{str(error.filename)!r}: " if error.filename is not None else ""
        _fail(f"{where}{error.strerror or error}.")


def _fail(sentence: str) -> None:
    sys.stderr.write(f"labo: {sentence}\n")
    sys.exit(1)
