"""The script's modules are imported by their plain names, as the script itself does."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
