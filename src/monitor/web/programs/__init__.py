"""Takes requests of programs, gives JSON, Atom, CSV and metrics."""
