"""How often each bureau gets what wrong: shares of persons, of rows and of files, by feed.

Shares of persons last: who stands wrong in a bureau's system stands wrong in all its later files. In showcase files
(`Ledger.is_showcase`) each kind of damage of the feed happens at least once, so that the smallest world has it too.
"""

from __future__ import annotations

# Feeds that have sent from the start. Share of the feed's persons; at least one person each.
NUMBER_RATES = {
    "civil_affairs__register": {"D01": 0.004, "D02": 0.0025, "D03": 0.008, "D04": 0.002},
    "finance__payments": {"D01": 0.003, "D02": 0.0015, "D03": 0.005},
    "police__population": {"D01": 0.0015, "D02": 0.0005, "D03": 0.001},
    "medical_insurance__settlements": {"D01": 0.002, "D02": 0.001, "D03": 0.003},
    "disabled_federation__certificates": {"D02": 0.002, "D03": 0.005},
    "agriculture__monitored_persons": {"D01": 0.003, "D02": 0.002, "D03": 0.006, "D04": 0.003},
    "health__deaths": {"D02": 0.004, "D03": 0.01},
    "funeral__cremations": {"D01": 0.01, "D02": 0.006, "D03": 0.02},
}
OTHER_RATES = {  # share of the feed's persons by lasting defect of another column
    "police__population": {"D17_BIRTH": 0.0005, "D17_SEX": 0.0003, "D13_PUA": 0.0003},
    "disabled_federation__certificates": {"F13_TYPE": 0.004, "F13_GRADE": 0.004},
}
# Feeds that joined later. D04 in a workbook or a JSON document is a number, in CSV the text that a spreadsheet left;
# UNSEEN is another valid number in place of the person's own: a namesake's, or nobody's.
LATER_NUMBER_RATES = {
    "traffic_police__vehicles": {"D01": 0.004, "D02": 0.002, "D03": 0.004, "D04": 0.003, "D05": 0.01, "UNSEEN": 0.001},
    "human_resources__social_insurance": {"D01": 0.002, "D02": 0.001, "D03": 0.003, "D04": 0.0005},
    "natural_resources__property": {"D01": 0.003, "D02": 0.002, "D03": 0.004, "D04": 0.003},
    "market_supervision__enterprises": {"D02": 0.002, "D03": 0.004, "D05": 0.002},
    "taxation__income_bands": {"D02": 0.001, "D03": 0.002},
    "housing_fund__deposits": {"D01": 0.002, "D02": 0.001, "D03": 0.003, "UNSEEN": 0.001},
    "education__students": {"D02": 0.002, "D03": 0.004, "D04": 0.003},
    "health__mental_registry": {"D01": 0.004, "D02": 0.003, "D03": 0.006},
    "emergency__disasters": {"D02": 0.004, "D03": 0.006, "D05": 0.006},
    "justice__custody": {"D01": 0.004, "D02": 0.004, "D03": 0.008},
    "trade_union__hardship_workers": {"D01": 0.004, "D02": 0.004, "D03": 0.008, "D05": 0.008},
    "veterans__beneficiaries": {"D01": 0.01, "D02": 0.003, "D03": 0.008},
    "housing__support": {"D02": 0.003, "D03": 0.006, "D05": 0.006},
    "civil_affairs__case_events": {"D03": 0.004, "D02": 0.002},
    "hotline__work_orders": {"D03": 0.006, "D04": 0.004, "D05": 0.01},
    "civil_affairs__marriages": {"D02": 0.002, "D03": 0.004},
}
OTHER_NUMBER_RATE = 0.004  # of numbers of a second person: representative, spouse
HIT_FEEDS = {  # the feed in which a case of the rule loses its evidence
    "A01": "medical_insurance__settlements",
    "A05": "disabled_federation__certificates",
    "A23": "civil_affairs__register",
    "B01": "finance__payments",
    "B02": "police__population",
    "B18": "finance__payments",
}
HIT_SHARE = 0.04
# Shares of rows.
DATE_FORM_RATE = 0.003
MONTH_FORM_RATE = 0.003
UNREADABLE_DATE_RATE = 0.0004
SWAPPED_DATE_RATE = 0.001
ORDER_RATE = 0.001
FUTURE_RATE = 0.0006
AMOUNT_FORM_RATE = 0.002
NEGATIVE_RATE = 0.0004
UNSEEN_UNIT_RATE = 0.001
CODE_FORM_RATE = 0.003
NAME_FORM_RATE = 0.002
DOT_FORM_SHARE = 0.3  # of the names with a middle dot
ODD_NAME_RATE = 0.0006
AREA_CODE_RATE = 0.002
VILLAGE_RATE = 0.004
ACCOUNT_RATE = 0.002
CREDIT_CODE_RATE = 0.003
DUPLICATE_RATE = 0.0008
EXPIRED_RATE = 0.03
NO_AUTHORISATION_RATE = 0.015
TWO_HOUSEHOLDS_SHARE = 0.003  # of the persons in 低保
# Shares of files.
TEST_ROW_FILES = 0.08
UNKNOWN_CODE_FILES = 0.12
RENAMED_FILES = 0.12
ADDED_FILES = 0.1
MOVED_FILES = 0.05
TITLE_FILES = 0.05
FOOTER_FILES = 0.25
# Fewest rows of a file in which something is sent to quarantine on purpose.
LEAST_ROWS = 12
