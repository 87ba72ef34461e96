"""The values of insight: steps of a journey, people behind handles, stories, feedback and figures."""

from anyshelf.insight.model.entries import Consent, Entry, Fault, Sent, Step, Taken
from anyshelf.insight.model.people import KINDS, Known, Merge, Sighting, Suggestion

__all__ = [
    "KINDS", "Consent", "Entry", "Fault", "Known", "Merge", "Sent", "Sighting", "Step", "Suggestion", "Taken",
]  # fmt: skip
