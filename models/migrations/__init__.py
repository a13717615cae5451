"""The schema's history, run by `models.database.Database.migrate`."""
