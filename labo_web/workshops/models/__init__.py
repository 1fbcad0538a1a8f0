"""Events, what was said and voted there, and what became of it."""

from labo_web.workshops.models.answers import (
    Grouping,
    Purge,
    RefusalReview,
    StatusChange,
    Subject,
    SubjectAnswer,
)
from labo_web.workshops.models.contributions import (
    Ballot,
    Contribution,
    Medium,
    Moderation,
    Reaction,
)
from labo_web.workshops.models.day import (
    SolutionSheet,
    SolutionVersion,
    TableSheet,
    TranslationReview,
)
from labo_web.workshops.models.events import (
    Choice,
    Cumulation,
    Evaluation,
    Event,
    FresqueSheet,
    Headcount,
    Hours,
    Question,
    Registration,
)

__all__ = [
    "Ballot",
    "Choice",
    "Contribution",
    "Cumulation",
    "Evaluation",
    "Event",
    "FresqueSheet",
    "Grouping",
    "Headcount",
    "Hours",
    "Medium",
    "Moderation",
    "Purge",
    "Question",
    "Reaction",
    "RefusalReview",
    "Registration",
    "SolutionSheet",
    "SolutionVersion",
    "StatusChange",
    "Subject",
    "SubjectAnswer",
    "TableSheet",
    "TranslationReview",
]
