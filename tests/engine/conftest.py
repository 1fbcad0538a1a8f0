"""A small Ville-Témoin and its release, made once by each worker."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labo import demo, release
from labo.diagnosis import Diagnosis, diagnose
from labo.mirror import open_mirror
from labo.release import Release

DRAWS = 40


def run(mirror: Path, **options: Any) -> Diagnosis:
    """Diagnose Ville-Témoin, quickly."""
    given: dict[str, Any] = {"draws": DRAWS, "tell": len} | options
    return diagnose(open_mirror(mirror), "ville-temoin", **given)


def edited(mirror: Path, out: Path) -> Path:
    """Copy a mirror whose files may then be changed: their sha256 are not said any more."""
    shutil.copytree(mirror, out, ignore=shutil.ignore_patterns("truth"))
    lines = (out / "mirror.toml").read_text("utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("sha256")]
    (out / "mirror.toml").write_text("\n".join(kept), encoding="utf-8")
    return out


def change_qpvs(mirror: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """Change the features of the QPVs of 2024 in place."""
    path = mirror / "qpv_2024.zip"
    with zipfile.ZipFile(path) as archive:
        name = next(
            n for n in archive.namelist() if n.endswith("Hexagonale_Outre_Mer_WGS84.geojson")
        )
        content = json.loads(archive.read(name))
    change(content["features"])
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, json.dumps(content))


@pytest.fixture(scope="session")
def demo_mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Official-format files of a synthetic agglomeration of about 6,000 residents."""
    folder = tmp_path_factory.mktemp("town") / "mirror"
    demo.write(folder, residents=6_000, form="edge_estates", seed=1)
    return folder


@pytest.fixture(scope="session")
def demo_diagnosis(demo_mirror: Path) -> Diagnosis:
    return run(demo_mirror)


@pytest.fixture(scope="session")
def demo_release(demo_diagnosis: Diagnosis, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The release of that town; a test that changes it works on a copy."""
    return release.write(demo_diagnosis, tmp_path_factory.mktemp("town") / "release")


@pytest.fixture
def release_copy(demo_release: Release, tmp_path: Path) -> Path:
    """The folder of a release that a test may spoil."""
    return Path(shutil.copytree(demo_release.folder, tmp_path / "copy"))
