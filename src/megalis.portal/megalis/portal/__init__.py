"""The regional e-administration platform of Brittany, one sub-package a service."""

from zope.i18nmessageid import MessageFactory


_ = MessageFactory("megalis.portal")
