"""The sample market: made-up vacancies and people for the demo and for load tests."""

from api.market.sample import sample_seekers, sample_vacancies, seekers, vacancies

__all__ = ["sample_seekers", "sample_vacancies", "seekers", "vacancies"]
