"""Reportages and what they are made of, the consents behind them, and what they are tied to."""

from labo_web.stories.models.consent import Consent, Sending, Withdrawal
from labo_web.stories.models.link import StoryLink
from labo_web.stories.models.media import Medium
from labo_web.stories.models.story import Block, Decision, Passage, Placement, Story, Version

__all__ = [
    "Block",
    "Consent",
    "Decision",
    "Medium",
    "Passage",
    "Placement",
    "Sending",
    "Story",
    "StoryLink",
    "Version",
    "Withdrawal",
]
