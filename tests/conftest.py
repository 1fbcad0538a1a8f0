"""What every test may ask for: real files beside the checkout, and programs of the machine.

Where one is absent its tests skip, saying so. `REQUIRE=chromium,shared` makes absence a failure.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
# Holds `data` (real official files) and `reference` (published results to reproduce).
SHARED = Path(os.environ.get("LABO_SHARED", ROOT.parent / "shared"))

# Under each name, where the program may be: commands on the PATH, then globs.
PROGRAMS = {
    "chromium": ["chromium", "chromium-browser", "google-chrome"],
    "libreoffice": ["soffice", "libreoffice"],
    "postgres": ["postgres", "/usr/lib/postgresql/*/bin/postgres"],
}
REQUIRABLE = {*PROGRAMS, "shared"}
REQUIRED = {name.strip() for name in os.environ.get("REQUIRE", "").split(",")} - {""}

# Timing depends on the machine, so no deadline; in CI the examples are always the same.
settings.register_profile("labo", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("labo")


def pytest_configure() -> None:
    if unknown := REQUIRED - REQUIRABLE:
        raise pytest.UsageError(
            f"REQUIRE names {', '.join(sorted(unknown))}; "
            f"it may name {', '.join(sorted(REQUIRABLE))}."
        )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest test, so that it does not run on alone at the end."""
    items.sort(key=lambda item: item.name != "test_on_postgres")


def _absent(name: str, sentence: str) -> NoReturn:
    if name in REQUIRED:
        pytest.fail(f"{sentence} REQUIRE names {name}, so this is a failure.", pytrace=False)
    pytest.skip(sentence)


def _find_program(name: str) -> Path | None:
    for place in PROGRAMS[name]:
        if place.startswith("/"):
            found = sorted(Path("/").glob(place.lstrip("/")))
            if found:
                return found[-1]
        elif command := shutil.which(place):
            return Path(command)
    return None


@pytest.fixture(scope="session")
def need() -> Callable[[str], Path]:
    """`need("chromium")` is the path of the program; where it is absent the test skips or fails."""

    def find(name: str) -> Path:
        program = _find_program(name)
        if program is None:
            _absent(name, f"{name} is not installed on this machine.")
        return program

    return find


def _shared(folder: str) -> Path:
    path = SHARED / folder
    if not path.is_dir():
        _absent("shared", f"The folder {path} is absent: LABO_SHARED may name its parent.")
    return path


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real official files."""
    return _shared("data")


@pytest.fixture(scope="session")
def shared_reference() -> Path:
    """The folder of published or independently computed results."""
    return _shared("reference")
