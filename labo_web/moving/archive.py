"""The file that holds a copy: a zip whose manifest names every member by its size and sha256.

It is written beside its place and named once it is whole and on the disk; it is read only after
every member was found to be what the manifest says.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from labo import archives
from labo.errors import LaboError
from labo.whole import sync

MANIFEST = "manifest.json"
VERSION = 1
# Other folders of LABO_DATA are made again (static, cache) or hold the database.
FOLDERS = ("backdrops", "media", "releases")
JOURNAL = "withdrawals.jsonl"
CHUNK = 1 << 20
UNFINISHED = ".labo-part"  # ends the name of an archive that is being made
LARGEST_MANIFEST = 64_000_000
MOST_MEMBERS = 2_000_000
# Tables of figures are packed about ten times; no honest one is packed three hundred times.
MOST_PACKED, SMALL = 300, 10_000_000
TABLE = re.compile(r"tables/[a-z]\w{0,60}\.[a-z]\w{0,60}\.jsonl", re.ASCII)
# A part of a path: neither hidden, nor above, nor another system's.
PART = re.compile(r"[^./\\:\x00-\x1f\x7f][^/\\:\x00-\x1f\x7f]{0,199}")
LONGEST_PATH = 500


class BadArchive(LaboError):
    """An archive that is not restored; its text is the sentence to show."""


def takes(name: str) -> bool:
    """Return whether a member may be so named: a table, the journal, or a file of a folder."""
    if name == JOURNAL or TABLE.fullmatch(name):
        return True
    folder, *parts = name.split("/")
    return (
        folder in FOLDERS
        and 0 < len(parts) < 10
        and len(name) <= LONGEST_PATH
        and all(PART.fullmatch(part) for part in parts)
    )


class Writer:
    """Adds members to an archive that is being made."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        self.members: dict[str, dict[str, Any]] = {}

    def add(self, name: str, chunks: Iterable[bytes], *, pack: bool) -> None:
        """Add a member from its bytes, and keep their count and digest.

        Raises:
            BadArchive: no archive can hold a file of that name.
        """
        if not takes(name):
            raise BadArchive(
                f"Le fichier {name[:200]!r} a un nom que l’archive ne prend pas : renommez-le, ou "
                "ôtez-le du dossier des données."
            )
        size, digest = 0, hashlib.sha256()
        with self._packed.open(_info(name, pack), "w", force_zip64=True) as member:
            for chunk in chunks:
                member.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self.members[name] = {"size": size, "sha256": digest.hexdigest()}

    def close(self, manifest: Mapping[str, Any]) -> None:
        """Write the manifest, which ends the archive."""
        content = {**manifest, "members": self.members}
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        self._packed.writestr(_info(MANIFEST, True), text.encode())


def _info(name: str, pack: bool) -> zipfile.ZipInfo:
    # A zip knows nothing older: the clock of a machine may never have been set.
    info = zipfile.ZipInfo(name, max(time.gmtime()[:6], (1980, 1, 1, 0, 0, 0)))
    info.compress_type = zipfile.ZIP_DEFLATED if pack else zipfile.ZIP_STORED
    info.external_attr = 0o600 << 16
    return info


@contextmanager
def new_archive(path: Path) -> Iterator[Writer]:
    """Give what writes an archive; it has its name once it is whole, and is for its owner only.

    Raises:
        BadArchive: the file is there already, or another copy is being written to it.
    """
    if path.exists():
        raise BadArchive(f"{path} existe déjà : donnez un autre nom, rien n’est écrasé.")
    if not path.parent.is_dir():
        raise BadArchive(f"Le dossier {path.parent} n’existe pas : créez-le d’abord.")
    _sweep(path.parent)
    part = path.with_name(f".{path.name}{UNFINISHED}")
    file = _locked(part, path)
    try:
        try:
            file.truncate(0)
            os.fchmod(file.fileno(), 0o600)
            with zipfile.ZipFile(file, "w", compresslevel=6) as packed:
                yield Writer(packed)
            file.flush()
            os.fsync(file.fileno())
            part.rename(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    finally:
        # What was still to be written may not fit either; the file has no name any more.
        with suppress(OSError):
            file.close()
    sync(path.parent)


def _locked(part: Path, path: Path) -> IO[bytes]:
    """Open the file that is to become an archive, which nobody else writes or takes away."""
    while True:
        file = os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise BadArchive(
                f"Une autre sauvegarde écrit déjà {path} : attendez sa fin."
            ) from error
        if part.exists() and os.path.samestat(os.fstat(file.fileno()), part.stat()):
            return file
        # It was swept away, or became the archive of another, between our two looks.
        file.close()
        if path.exists():
            raise BadArchive(f"{path} existe déjà : donnez un autre nom, rien n’est écrasé.")


def _sweep(folder: Path) -> None:
    """Remove what copies that were killed had begun, whatever their name: none would end them."""
    for part in folder.glob(f".*{UNFINISHED}"):
        with suppress(OSError), part.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            part.unlink()


def chunks_of(path: Path) -> Iterator[bytes]:
    """Give the bytes of a file."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


class Reader:
    """An archive that was found whole: its manifest, and the bytes of its members."""

    def __init__(self, path: Path, packed: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
        self.path = path
        self.manifest = manifest
        self._packed = packed
        self.members: dict[str, dict[str, Any]] = manifest["members"]

    def files(self) -> list[str]:
        """Return the names of the members that are files of the data folder."""
        return sorted(name for name in self.members if name.split("/")[0] in FOLDERS)

    def open(self, name: str) -> IO[bytes]:
        """Open a member, to be read from its beginning."""
        return self._packed.open(name)

    def chunks(self, name: str) -> Iterator[bytes]:
        """Give the bytes of a member again, and hold them to the manifest once more.

        Raises:
            BadArchive: they are not what they were.
        """
        declared, size, digest = self.members[name], 0, hashlib.sha256()
        with self.open(name) as member:
            while chunk := member.read(CHUNK):
                size += len(chunk)
                if size > declared["size"]:
                    break
                digest.update(chunk)
                yield chunk
        if (size, digest.hexdigest()) != (declared["size"], declared["sha256"]):
            raise BadArchive(f"{self.path} est abîmée : {name} n’est plus ce qu’elle était.")


@contextmanager
def opened(path: Path, kind: str) -> Iterator[Reader]:
    """Give an archive of a kind once every one of its bytes was verified; nothing is written.

    Raises:
        BadArchive: it is absent, damaged, cut short, of another kind, newer, or hostile.
    """
    try:
        packed = zipfile.ZipFile(path)
    except OSError as error:
        raise BadArchive(f"{path} ne s’ouvre pas ({error.strerror}) : vérifiez le nom.") from error
    except archives.BROKEN as error:
        raise _damaged(path, "ce n’est pas une archive entière", error) from error
    with packed:
        try:
            found = Reader(path, packed, _manifest(path, packed, kind))
            for name in found.members:
                for _ in found.chunks(name):
                    pass
        except archives.BROKEN as error:
            raise _damaged(path, "un de ses fichiers ne se lit pas", error) from error
        yield found


def _damaged(path: Path, why: str, error: object = None) -> BadArchive:
    more = f" ({error})" if error else ""
    return BadArchive(
        f"{path} est abîmée ou n’est pas une archive de ce site : {why}{more}. Rien n’a été "
        "touché ; prenez une autre copie."
    )


def _manifest(path: Path, packed: zipfile.ZipFile, kind: str) -> dict[str, Any]:
    """Return the manifest, once the list of members agrees with it."""
    infos = packed.infolist()
    if len(infos) > MOST_MEMBERS:
        raise _damaged(path, "elle a trop de fichiers")
    by_name = {info.filename: info for info in infos}
    if len(by_name) != len(infos):
        raise _damaged(path, "un nom y est deux fois")
    if MANIFEST not in by_name or by_name[MANIFEST].file_size > LARGEST_MANIFEST:
        raise _damaged(path, "elle n’a pas de liste de ses fichiers")
    with packed.open(MANIFEST) as member:
        manifest = json.loads(member.read(LARGEST_MANIFEST))
    if not isinstance(manifest, dict) or manifest.get("format") != kind:
        raise _damaged(path, f"elle n’est pas de la sorte « {kind} »")
    if manifest.get("version") != VERSION:
        raise BadArchive(
            f"{path} a le format {manifest.get('version')!r:.20}, et ce site lit le format "
            f"{VERSION} : mettez d’abord le site à jour. Rien n’a été touché."
        )
    members = manifest.get("members")
    if not isinstance(members, dict) or set(members) != set(by_name) - {MANIFEST}:
        raise _damaged(path, "la liste de ses fichiers n’est pas la bonne")
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.flag_bits & 1 or info.header_offset < end:
            raise _damaged(path, "ses fichiers se chevauchent ou sont chiffrés")
        end = info.header_offset + info.compress_size
        if info.filename != MANIFEST and not takes(info.filename):
            raise _damaged(path, f"le nom {info.filename[:100]!r} est interdit")
        if info.file_size > max(SMALL, MOST_PACKED * info.compress_size):
            raise _damaged(path, f"{info.filename} est une bombe : elle se gonfle sans mesure")
    for name, said in members.items():
        if not isinstance(said, dict) or said.get("size") != by_name[name].file_size:
            raise _damaged(path, f"la taille de {name} n’est pas celle qui est dite")
        if not isinstance(said.get("sha256"), str):
            raise _damaged(path, f"rien n’y dit ce que contient {name}")
    return manifest


def sha256_of(path: Path) -> str:
    """Return the digest of a file, to be written down elsewhere."""
    digest = hashlib.sha256()
    for chunk in chunks_of(path):
        digest.update(chunk)
    return digest.hexdigest()
