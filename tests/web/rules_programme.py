"""Who may do what in programme: see test_permissions."""

from collections.abc import Callable
from typing import Any

from labo_web.releases.models import Release
from tests.web.rules import Statuses

RULES: dict[str, tuple[str, Statuses, Statuses]] = {}
POSTS: dict[str, Statuses] = {}


def made(release: Release, people: dict[str, Any]) -> dict[str, Callable[[], object]]:
    """Return, for each word of an example, what makes the thing and gives what stands for it."""
    return {}
