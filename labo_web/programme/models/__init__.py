"""The programme: cohort of territories, data project, meeting."""

from labo_web.programme.models.cohort import (
    Deliverable,
    GateDecision,
    Membership,
    Postponement,
    Programme,
    Schedule,
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
    "Brought",
    "Contact",
    "Deliverable",
    "GateDecision",
    "Lesson",
    "LessonOpening",
    "Meeting",
    "Membership",
    "Note",
    "NoteReading",
    "Postponement",
    "Proceedings",
    "Programme",
    "Schedule",
    "Slot",
]
