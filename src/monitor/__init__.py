"""The topic monitor: takes news sources, gives alerts with their reason. THE MAP, one line per room in flow order.

The river (pure: a value in, a value out, `now` a parameter)
    sources     declared source + what was remembered → due when next? how is it? site's page → its feeds; OPML, CSV ↔ sources
    fetch       state → conditional headers; response → Fetched | NotModified | Gone | TryLater; which addresses are refused
    parse       bytes of a feed, sitemap or listing page → entries; parsed + known → new, changed, same; canonical links, dates
    extract     HTML of a page → its article's text, or why there is none; a text's language; what repeats on a site's pages
    classify    text + topics + model → verdicts with exact contributions
    stories     flagged articles + open stories → each one's story, looked at anew; copies, facts, what is news in it
    summarise   article or story → up to three sentences and a headline, never invented; what a model wrote → what is wrong
    notify      story + policy → message now, later or never; digest, week, buttons; delivery + outcome → its next state
    feedback    what was pressed → labels; labels → what is settled; training set → refined model, its test, promoted or not;
                stream → what to ask, recall

The banks (the shell that acts: load → decide → save)
    ports       what jobs ask: of the database (a door for each: Polls, Reads, Judgements, Outbox, Labels, …; Store is all of them),
                of the world (Fetcher, Reader, Writer, Notifier, Models); what drives them (Work, Engine, Answering)
    jobs        poll, read, judge, digest, deliver; each safe to run twice; they hand over through the store. Beside them people
                (answers and labels → a new model; stories by hand), asking (why, replay, report), watch (is it well?)
    adapters    store (SQLite, PostgreSQL: tables, asking, upkeep), fetcher (requests), reader (child processes), notifier (Slack,
                console), answers (Slack's socket, its callbacks), writer (a language model), engine (one run, service, cluster),
                model files
    config      YAML files → settings, every error with file:line:col
    bootstrap   settings → the adapters that are used; chosen nowhere else
    web         requests over HTTP → pages for people, what programs read; Slack's signed callbacks
    cli         the `monitor` command: sources, trying (stages on files, replay), learning, asking, database, demo

Nothing imports to its right: errors < types < sources < fetch < parse < extract < classify < stories < summarise < notify
< feedback < ports < jobs | adapters | config < bootstrap < web < cli.
"""

__version__ = "1.0.0"
