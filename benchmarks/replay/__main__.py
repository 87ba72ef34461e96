"""`python -m replay`, in this folder's parent."""

import sys

from anyshelf.ground.errors import Anyshelf
from replay.client import Unreachable
from replay.command import main
from replay.house import Failed

if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Anyshelf, Failed, Unreachable) as wrong:
        sys.exit(f"replay: {wrong}")
