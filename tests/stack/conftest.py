"""Put the worked stack on the import path."""

import sys
from pathlib import Path

STACK = Path(__file__).resolve().parents[2] / "fixtures" / "stack"
sys.path.insert(0, str(STACK))
