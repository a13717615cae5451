"""Nouns, tables, code lists, queries. Imports no other room."""
