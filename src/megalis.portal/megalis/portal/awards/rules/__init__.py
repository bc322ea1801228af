"""The rules of the award as plain functions over values: scores, ranks, low prices, quorum. Nothing here knows of objects."""
