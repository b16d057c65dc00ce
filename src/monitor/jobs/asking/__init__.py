"""Takes a question, gives its answer; nothing is stored."""
