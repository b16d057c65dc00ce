"""Takes nothing, gives one module per migration, numbered in order."""
