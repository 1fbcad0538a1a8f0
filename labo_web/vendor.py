"""Copies the few browser files that pages need from node_modules to static/vendor.

They keep their licences. References to source maps are dropped: hashing fails where one is missing.
PDF documents are set in the same type, which is unpacked for them.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
MODULES, VENDOR = HERE.parent / "node_modules", HERE / "static" / "vendor"
FILES = {
    "maplibre-gl.mjs": "maplibre-gl/dist/maplibre-gl.mjs",
    "maplibre-gl-worker.mjs": "maplibre-gl/dist/maplibre-gl-worker.mjs",
    "maplibre-gl.css": "maplibre-gl/dist/maplibre-gl.css",
    "maplibre-gl.LICENSE.txt": "maplibre-gl/LICENSE.txt",
    "pmtiles.mjs": "pmtiles/dist/esm/index.js",
    "fflate.mjs": "fflate/esm/browser.js",
    "fflate.LICENSE.txt": "fflate/LICENSE",
    "inter.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "inter.LICENSE.txt": "@fontsource-variable/inter/LICENSE",
}
# The package of pmtiles carries no licence file: this is the one of its repository.
PMTILES_LICENCE = """BSD 3-Clause License

Copyright 2021 Protomaps LLC

Redistribution and use in source and binary forms, with or without modification, are permitted
provided that the following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this list of conditions
and the following disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions
and the following disclaimer in the documentation and/or other materials provided with the
distribution.

3. Neither the name of the copyright holder nor the names of its contributors may be used to endorse
or promote products derived from this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR
IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND
FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR
CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE,
DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER
IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF
THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
"""


# What unpacks a web font: Python has no Brotli, node does.
UNPACK = "process.stdout.write(require('zlib').brotliDecompressSync(require('fs').readFileSync(0)))"


def unpack(font: Path, out: Path) -> None:
    """Write a web font (WOFF2) as the TrueType font that it holds."""
    node = Path(sys.executable).with_name("node")

    def decompress(data: bytes) -> bytes:
        run = [str(node if node.exists() else "node"), "-e", UNPACK]
        return subprocess.run(run, input=data, capture_output=True, check=True).stdout  # noqa: S603

    brotli = ModuleType("brotli")
    brotli.__dict__.update(decompress=decompress, error=ValueError)
    sys.modules.setdefault("brotli", brotli)
    from fontTools.ttLib import TTFont

    # Its dates are those of the web font: the same bytes wherever it is unpacked.
    found = TTFont(font, recalcTimestamp=False)
    found.flavor = None
    found.save(out)


def main() -> None:
    """Write static/vendor anew."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    for name, source in FILES.items():
        path = MODULES / source
        if path.suffix in {".js", ".mjs", ".css"}:
            text = path.read_text(encoding="utf-8")
            text = re.sub(
                r"(//[#@] sourceMappingURL=\S+|/\*[#@] sourceMappingURL=.*?\*/)", "", text
            )
            text = re.sub(r'from\s*"fflate"', 'from "./fflate.mjs"', text)
            (VENDOR / name).write_text(text, encoding="utf-8")
        else:
            shutil.copyfile(path, VENDOR / name)
    unpack(VENDOR / "inter.woff2", VENDOR / "inter.ttf")
    (VENDOR / "pmtiles.LICENSE.txt").write_text(PMTILES_LICENCE, encoding="utf-8")


if __name__ == "__main__":
    main()
