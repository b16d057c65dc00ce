"""Takes a sentence, gives whether it is part of the article, and the sentence without an agency's mark at its front.

What a page says about itself is no news: bylines, captions, newsletters, cookies, "read more". So are headings and
fragments, which end without a stop.
"""

import re

_PAGE_TALK = re.compile(
    r"\b(?:sign up (?:for|to|here|now)|subscribe (?:to|for|now|here|today)|newsletters?|(?:use|accept|our|these|manage|of) cookies|"
    r"cookie (?:policy|settings|preferences)|click here|read (?:more|also|the full)|log ?in to|follow us|all rights reserved|"
    r"privacy policy|terms of (?:use|service)|share this (?:article|story|page)|download (?:the|our) app|"
    r"this (?:article|story) (?:was|has been) (?:first |originally )?(?:published|updated|amended)|"
    r"(?:image|picture|video|media) (?:copyright|caption|source|credit)|getty images|file photo|ap photo|reporting by|editing by|"
    r"enable javascript|your browser|support our journalism|contributed to this report|just watched|story highlights|"
    r"(?:toggle|media) caption|enlarge this image|(?:replay|more) videos|playback is unsupported|handout via)\b"
    r"|/getty\b|©|https?://|\bwww\.",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^(?:(?:images?|photo(?:graph)?s?|pictures?|video|watch|listen|related|see also|credit|source|caption|topics?|tags?)\s*:"
    r"|(?:published|updated|posted|last modified)\b.{0,12}\d)",
    re.IGNORECASE,
)
_BYLINE = re.compile(r"^By(?: (?:and|[A-ZÀ-Þ][\w.'’-]*),?){2,6}\.?$")
_AGENCY = re.compile(
    r"^(?:[A-ZÀ-Þ][^()\n]{0,60})?\((?:Reuters|AP|AFP|UPI|EFE|dpa|DPA|ANSA|Xinhua|CNN|IANS|PTI|TASS|Kyodo|Yonhap|Bloomberg)\)"
    r"\s*[-–—:]{1,2}\s*"
)
_STOPS = (".", "!", "?", "…", '."', '!"', '?"', ".”", "!”", "?”", ".’", ".'", ".)", '".', "”.", "。", "！", "？")
FEWEST_WORDS = 5


def without_agency(sentence: str) -> str:
    """Cut an agency's mark, and the dateline before it, off the front of a sentence."""
    return sentence[found.end() :] if (found := _AGENCY.match(sentence)) else sentence


def is_page_talk(sentence: str) -> bool:
    """Tell whether a sentence is the page speaking about itself: a byline, a caption, an invitation."""
    return bool(_PAGE_TALK.search(sentence) or _LABEL.match(sentence) or _BYLINE.match(sentence))


def is_fragment(sentence: str) -> bool:
    """Tell whether a piece of text is no whole sentence: too short, without a stop, or with one half of a quotation."""
    whole_quotes = sentence.count('"') % 2 == 0 and sentence.count("“") == sentence.count("”")
    return len(sentence.split()) < FEWEST_WORDS or not sentence.endswith(_STOPS) or not whole_quotes
