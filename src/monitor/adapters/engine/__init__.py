"""Takes the jobs as `Work`, gives what drives them: `inline` (one run), `threads` (the service), `scheduler` and `worker` (a cluster)."""
