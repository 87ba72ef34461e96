"""Runs that were asked for, played one at a time in a process of their own."""

from anyshelf.simulator.jobs.playing import play
from anyshelf.simulator.jobs.starting import take_up

__all__ = ["play", "take_up"]
