"""Takes this project's own tree, gives its structure in figures; docs/architecture.md sets them beside those of others.

Needs ../shared, where the measure lies.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
MEASURE = ROOT.parent / "shared/tools/measure.py"


def main() -> None:
    """Print the table."""
    subprocess.run([sys.executable, MEASURE, ROOT, "--markdown"], check=True)


if __name__ == "__main__":
    main()
