"""Takes the jobs as `Work`, gives what drives them: `inline` for one run, `threads` for the service."""
