"""Takes words on the command line, gives what `monitor sources` does."""
