"""Takes the jobs as `Work`, gives what drives them: `inline` (a run), `threads` (the service), `scheduler`, `worker` (many)."""
