"""The front door of the simulator: play a scenario, and tell what came of it."""

from anyshelf.simulator.service.reporting import as_html, said, signed
from anyshelf.simulator.service.running import Answer, Dot, Played, once, run

__all__ = ["Answer", "Dot", "Played", "as_html", "once", "run", "said", "signed"]
