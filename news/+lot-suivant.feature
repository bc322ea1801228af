Drafts of many files are completed one after the other: saving leads to the next.
