"""The first guides of a new site, one a trade at least; communications staff make them theirs."""

from megalis.portal.editorial.guideseeds import buying
from megalis.portal.editorial.guideseeds import companies
from megalis.portal.editorial.guideseeds import sending
from megalis.portal.editorial.guideseeds import together


GUIDES = (*buying.GUIDES, *sending.GUIDES, *companies.GUIDES, *together.GUIDES)
