"""The programme: cohort of territories, accompaniment, data project, meeting."""

from labo_web.programme.models.accompaniment import (
    Application,
    Convention,
    Selection,
    Statement,
    SupportDay,
)
from labo_web.programme.models.cohort import (
    Deliverable,
    GateDecision,
    Membership,
    Postponement,
    Programme,
    Schedule,
)
from labo_web.programme.models.data import (
    Clause,
    DataQuestion,
    Dataset,
    Disagreement,
    DisagreementAnswer,
    GroupSeat,
    MethodDecision,
    PartnerImport,
)

__all__ = [
    "Application",
    "Clause",
    "Convention",
    "DataQuestion",
    "Dataset",
    "Deliverable",
    "Disagreement",
    "DisagreementAnswer",
    "GateDecision",
    "GroupSeat",
    "Membership",
    "MethodDecision",
    "PartnerImport",
    "Postponement",
    "Programme",
    "Schedule",
    "Selection",
    "Statement",
    "SupportDay",
]
