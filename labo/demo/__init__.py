"""Ville-Témoin: synthetic agglomerations whose truth is known, in the formats of official files.

It examines the estimators, so it shares none of their code: it imports neither the crosswalk nor
the layers, the indicators or the diagnosis.
"""

from labo.demo.form import FABRICS, FORMS, BadForm, Form
from labo.demo.mirror import write

__all__ = ["FABRICS", "FORMS", "BadForm", "Form", "write"]
