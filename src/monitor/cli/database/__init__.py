"""Takes words on the command line, gives what `monitor db` does."""
