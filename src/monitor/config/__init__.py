"""Takes the YAML files under `config/`, gives settings; every mistake with its place, all of them at once.

document (bytes → data and places) → models (keys, kinds, defaults) and rules (between entries) → loading (→ Settings).
Beside these: advice (what will surprise), live (reload), origins (where each setting comes from), json_schema (for editors),
shipped (folders inside the package).
"""

from monitor.config.advice import warnings
from monitor.config.json_schema import schema
from monitor.config.keyword_rules import keyword_problem
from monitor.config.live import LiveConfig
from monitor.config.loading import load
from monitor.config.quantities import duration, duration_text
from monitor.config.shipped import shipped

__all__ = ["LiveConfig", "duration", "duration_text", "keyword_problem", "load", "schema", "shipped", "warnings"]
