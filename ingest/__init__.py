"""Intake: how what people and systems write becomes records, with a verdict for every row."""
