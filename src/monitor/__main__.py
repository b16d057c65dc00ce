"""Takes `python -m monitor`, gives the `monitor` command."""

from monitor.cli import main

main()
