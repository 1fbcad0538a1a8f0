"""A small town whose release is imported in tests, and copies of it that are changed."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from labo import demo, release
from labo.diagnosis import diagnose
from labo.mirror import open_mirror


def make(folder: Path) -> Path:
    """Write the release of a town of 6,000 residents."""
    demo.write(folder / "mirror", residents=6_000, form="edge_estates", seed=1)
    done = diagnose(open_mirror(folder / "mirror"), "ville-temoin", draws=40, tell=lambda _: None)
    release.write(done, folder / "release")
    return folder / "release"


def changed(found: Path, out: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Copy a release with another manifest."""
    shutil.copytree(found, out)
    path = out / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return out


def elsewhere(manifest: dict[str, Any]) -> None:
    """Make of a release that of another territory."""
    manifest["territory"] = {"code": "999000002", "name": "Ailleurs (données fictives)"}


def rewrite(folder: Path, name: str, content: bytes) -> None:
    """Change a file of a release and say so in the manifest: only its content can be wrong."""
    (folder / name).write_bytes(content)
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["files"][name] = hashlib.sha256(content).hexdigest()
    path.write_text(json.dumps(manifest), encoding="utf-8")


def many(folder: Path) -> Path:
    """Write the release of a town of nine small neighbourhoods, which are ranked."""
    form = replace(demo.FORMS["compact_centre"], qpv_count=9, qpv_share=0.3)
    with patch.dict(demo.FORMS, many=form):
        demo.write(folder / "many", residents=9_000, form="many", seed=1)
    done = diagnose(open_mirror(folder / "many"), "ville-temoin", draws=40, tell=lambda _: None)
    release.write(done, folder / "release-many")
    return folder / "release-many"


def large(manifest: dict[str, Any]) -> None:
    """Make of a release that of a third territory."""
    manifest["territory"] = {"code": "999000003", "name": "Neuf quartiers (données fictives)"}
