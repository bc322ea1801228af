"""Contracts once awarded: their essential data, modifications, public and open publication, and how long all is kept."""
