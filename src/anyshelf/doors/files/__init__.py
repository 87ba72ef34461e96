"""Loading a network from files."""

from anyshelf.doors.files.loading import Progress, load
from anyshelf.doors.files.report import BadRow, FileReport, LoadReport

__all__ = ["BadRow", "FileReport", "LoadReport", "Progress", "load"]
