"""The rules of buying together, as plain functions: values in, values or a refusal out."""
