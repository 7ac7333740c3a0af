"""Extensions: what happens when a crawl ends."""
