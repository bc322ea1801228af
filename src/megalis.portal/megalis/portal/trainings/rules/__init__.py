"""The rules of training, without Zope."""
