"""Takes files or the stored stream, gives what any stage makes of them; nothing is stored."""
