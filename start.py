"""Set up, start and test Rupa with one command: `python start.py`, `python start.py test`.

Only the door, in words that any Python understands, so that a wrong one gets a sentence and not a
SyntaxError. The rest is in `launch/`, which uses the standard library alone.
"""

import sys

OLDEST, NEWEST = (3, 11), (3, 13)

if not OLDEST <= sys.version_info[:2] <= NEWEST:
    sys.exit(
        "Rupa needs Python 3.11, 3.12 or 3.13, and this is " + sys.version.split()[0] + ": install one from "
        "https://www.python.org and run start.py with it, for example: python3.13 start.py"
    )

from launch.commands import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
