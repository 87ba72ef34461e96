"""The solver keeps quiet: what a command prints is its own."""

import subprocess
import sys

SOLVE = """
from anyshelf.ground.solver import new_solver
solver = new_solver()
solver.addCol(1.0, 0.0, 1.0, 0, [], [])
solver.run()
print("[]")
"""


def test_nothing_but_the_answer_is_printed() -> None:
    done = subprocess.run([sys.executable, "-c", SOLVE], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
