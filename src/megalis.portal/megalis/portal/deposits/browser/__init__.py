"""Pages and addresses of the secure exchanges."""
