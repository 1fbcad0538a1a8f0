"""The command line `labo`: results on stdout, what is being done on stderr."""

import sys

import typer

from labo.errors import LaboError

app = typer.Typer(
    name="labo",
    help="Diagnose the vulnerability of priority neighbourhoods (QPV) to climate change.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run `labo`; what the reader can mend is one sentence on stderr and exit code 1."""
    from labo.cli import declarations, diagnoses, files  # noqa: F401  (they register commands)

    try:
        app()
    except LaboError as error:
        print(f"labo: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
    except BrokenPipeError:
        # `labo show … | head` closes the pipe: nothing went wrong.
        sys.stderr.close()
        sys.exit(0)
