"""Who may do what in workshops: see test_permissions."""

from collections.abc import Callable
from typing import Any

from labo_web.releases.models import Release
from tests.web.rules import Statuses

# Address as declared: example, answers while open to the team only, answers once public.
RULES: dict[str, tuple[str, Statuses, Statuses]] = {}
# What an empty form is answered, once public.
POSTS: dict[str, Statuses] = {}


def made(release: Release, people: dict[str, Any]) -> dict[str, Callable[[], object]]:
    """Return, for each word of an example, what makes the thing and gives what stands for it."""
    return {}
