"""A bad network between people and the server: slow, or cut in the middle of what it carries."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time

CHUNK = 256  # bytes: small, so that an answer has a middle


class Proxy:
    """Listens to this machine only; `mode` is what the network does to new connections."""

    def __init__(self, to: int, seed: int) -> None:
        self._to, self._chance = to, random.Random(seed)
        self.mode, self.cuts = "plain", 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near, self.mode), daemon=True).start()

    def _carry(self, near: socket.socket, mode: str) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._to), timeout=30)
        except OSError:
            near.close()
            return
        # Of all that goes that way, what comes through before the line is cut.
        most = int(self._chance.expovariate(1 / 3_000)) + 1
        ends = {"cut request": (most, None), "cut answer": (None, most)}.get(mode, (None, None))
        both = [
            threading.Thread(target=self._pump, args=(a, b, limit, mode == "slow"), daemon=True)
            for (a, b), limit in zip(((near, far), (far, near)), ends, strict=True)
        ]
        for one in both:
            one.start()
        for one in both:
            one.join()
        for end in (near, far):
            end.close()

    def _pump(self, a: socket.socket, b: socket.socket, most: int | None, slow: bool) -> None:
        carried = 0
        with contextlib.suppress(OSError):
            while data := a.recv(CHUNK if slow or most else 65_536):
                if slow:
                    time.sleep(self._chance.uniform(0.0, 0.03))
                if most is not None and carried + len(data) >= most:
                    b.sendall(data[: most - carried])
                    self.cuts += 1
                    break
                b.sendall(data)
                carried += len(data)
        for end in (a, b):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Listen no more."""
        self._listening.close()
