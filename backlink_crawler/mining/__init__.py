"""Facts out of archives: records of WARC and WAT files become the visits that a crawl would have recorded."""
