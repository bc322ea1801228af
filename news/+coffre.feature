A vault of reusable documents with expiry dates, versions and warnings, picked from while answering; private to the company, and said not to be sealed.
