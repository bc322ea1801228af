"""Pages of the organisations: directory, agents, services, companies, accounts, dashboards."""
