"""The addresses of flows for programs."""
