"""The engine: which vacancies a person gets, in which order, and why. Knows nobody's identity."""
