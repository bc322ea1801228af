A first start loads Plone once: the server makes the site that it then serves.
