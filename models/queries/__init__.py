"""What is asked of the database: one module a noun, Core selects on the hot roads."""
