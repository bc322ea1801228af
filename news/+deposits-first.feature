Bids that arrive together are received faster: in a standalone instance the mails leave between requests, and a few every ten seconds however busy it is.
