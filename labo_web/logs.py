"""What the log says of an error: where it happened, never what somebody typed or a private link."""

import logging
import traceback
from types import TracebackType
from typing import Any


class WithoutPaths(logging.Filter):
    """Puts the pattern of an address where Django puts the address itself, which may be private."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place; every record passes."""
        request = getattr(record, "request", None)
        if request is not None:
            match = getattr(request, "resolver_match", None)
            pattern = f"/{match.route}" if match else "(no page of that address)"
            record.msg, record.args = (
                "%s %s: %s",
                (
                    request.method,
                    pattern,
                    getattr(record, "status_code", "error"),
                ),
            )
        return True


class WithoutMessages(logging.Formatter):
    """Writes of an exception its kind and its lines: messages quote what was given."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 (its name in the library)
        """Return the lines where it happened, the innermost last."""
        kind: type[BaseException]
        trace: TracebackType | None
        kind, _, trace = ei
        lines = [
            f"  {frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(trace)
        ]
        return "\n".join([*lines, f"{kind.__module__}.{kind.__qualname__}"])
