"""The programme: cohort of territories, data project, meeting."""

from labo_web.programme.models.cohort import (
    Deliverable,
    GateDecision,
    Membership,
    Postponement,
    Programme,
    Schedule,
)

__all__ = [
    "Deliverable",
    "GateDecision",
    "Membership",
    "Postponement",
    "Programme",
    "Schedule",
]
