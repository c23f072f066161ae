"""The pages: leadership's week, the analyst's explorer, the steward's data quality, read from one published build."""
