"""The DUME: its request, made of the consultation, for anybody; the responses of opened candidatures, for who may read bids."""
