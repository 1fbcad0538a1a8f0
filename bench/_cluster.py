"""A PostgreSQL of one's own, on a Unix socket in a short folder, thrown away afterwards."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Where Debian keeps the server, which is on no PATH.
PROGRAMS = "usr/lib/postgresql/*/bin/postgres"
ENDS = 1_000  # times that a server which was killed is looked for, a hundredth of a second apart
STARTS = 60  # times that a server which was killed is started again, half a second apart


def server() -> Path | None:
    """Return the program, if the machine has it."""
    if found := shutil.which("postgres"):
        return Path(found)
    return next(iter(sorted(Path("/").glob(PROGRAMS), reverse=True)), None)


class Cluster:
    """A server and its folder; `durable` waits for the disk, as in earnest."""

    def __init__(self, postgres: Path, *, durable: bool = False) -> None:
        self._programs = postgres.resolve().parent
        # The server refuses root.
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self._become = user if os.geteuid() == 0 else []
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        if self._become:
            shutil.chown(self.folder, "postgres", "postgres")
        self._data = self.folder / "data"
        self._run(f"{self._programs}/initdb", "-D", str(self._data), "-A", "trust", "-E", "UTF8",
                  "-U", "labo", "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        self._options = f"-c listen_addresses= -c unix_socket_directories={self.folder}"
        self._options += "" if durable else " -c fsync=off"
        self.address = self._address("postgres")

    def _run(self, *command: str) -> None:
        subprocess.run([*self._become, *command], check=True, cwd=self.folder,  # noqa: S603
                       stdout=subprocess.DEVNULL)  # fmt: skip

    def _control(self, *command: str) -> None:
        self._run(f"{self._programs}/pg_ctl", "-D", str(self._data), "-w", "-l",
                  str(self.folder / "log"), *command)  # fmt: skip

    def _address(self, name: str) -> str:
        return f"postgres://labo@/{name}?host={self.folder}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._control("-o", self._options, "start")

    def stop(self) -> None:
        """End it at once, though not as an accident would."""
        self._control("-m", "immediate", "stop")

    def create(self, name: str, like: str = "template1") -> str:
        """Make another database as one is that nobody uses, and return its address."""
        self._run(f"{self._programs}/createdb", "-h", str(self.folder), "-U", "labo", "-T", like,
                  name)  # fmt: skip
        return self._address(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever still looks at it."""
        self._run(f"{self._programs}/dropdb", "-h", str(self.folder), "-U", "labo", "--force",
                  name)  # fmt: skip

    def kill(self) -> None:
        """kill -9 the postmaster, until it is gone: the other processes then end by themselves."""
        os.kill(int((self._data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        for _ in range(ENDS):
            if not self.alive():
                return
            time.sleep(0.01)

    def kill_backend(self, pid: int) -> None:
        """kill -9 the process that serves one connection: all of them begin again."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def alive(self) -> bool:
        """Whether its postmaster is at work."""
        try:
            pid = int((self._data / "postmaster.pid").read_text().split()[0])
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            return False
        return b"postgres" in words

    def ensure(self) -> None:
        """Start one that was killed, once what is left of it has ended."""
        if self.alive():
            return
        for attempt in range(STARTS):
            try:
                self.start()
            except subprocess.CalledProcessError:
                if attempt + 1 == STARTS:
                    raise
                time.sleep(0.5)
            else:
                return

    def remove(self) -> None:
        """Throw its folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def private_cluster(postgres: Path, *, durable: bool = False) -> Iterator[str]:
    """Give the address of an empty database; `durable` waits for the disk, as in earnest."""
    made = Cluster(postgres, durable=durable)
    made.start()
    try:
        yield made.address
    finally:
        made.stop()
        made.remove()
