"""Takes the ports, gives their implementations; `bootstrap` alone chooses among them."""
