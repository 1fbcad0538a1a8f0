"""The rows of roadmaps: sheets, what ties them to the diagnosis, what was decided, what follows."""

from labo_web.roadmaps.models.following import Digest, Explanation, Observation
from labo_web.roadmaps.models.history import AnnexTemplate, Change, Decision, Frozen
from labo_web.roadmaps.models.links import Link, Priority
from labo_web.roadmaps.models.pieces import ImportDraft, Piece
from labo_web.roadmaps.models.programming import Grant, Programming
from labo_web.roadmaps.models.sheet import (
    Action,
    FundingLine,
    Grading,
    Level,
    Partner,
    Roadmap,
    Step,
    Tracked,
)

__all__ = [
    "Action",
    "AnnexTemplate",
    "Change",
    "Decision",
    "Digest",
    "Explanation",
    "Frozen",
    "FundingLine",
    "Grading",
    "Grant",
    "ImportDraft",
    "Level",
    "Link",
    "Observation",
    "Partner",
    "Piece",
    "Priority",
    "Programming",
    "Roadmap",
    "Step",
    "Tracked",
]
