"""The portal itself: home, the two doors, news and key figures."""
