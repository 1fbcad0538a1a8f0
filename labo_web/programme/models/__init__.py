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
from labo_web.programme.models.meeting import (
    Brought,
    Contact,
    Lesson,
    LessonOpening,
    Meeting,
    Note,
    NoteReading,
    Proceedings,
    Slot,
)

__all__ = [
    "Application",
    "Brought",
    "Clause",
    "Contact",
    "Convention",
    "DataQuestion",
    "Dataset",
    "Deliverable",
    "Disagreement",
    "DisagreementAnswer",
    "GateDecision",
    "GroupSeat",
    "Lesson",
    "LessonOpening",
    "Meeting",
    "Membership",
    "MethodDecision",
    "Note",
    "NoteReading",
    "PartnerImport",
    "Postponement",
    "Proceedings",
    "Programme",
    "Schedule",
    "Selection",
    "Slot",
    "Statement",
    "SupportDay",
]
