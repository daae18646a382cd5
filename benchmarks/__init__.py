"""Every claim of speed or scale, as a script that prints it beside a peer."""
