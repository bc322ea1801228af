"""The pages of the award."""
