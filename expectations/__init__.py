"""Great Expectations at both gates: may this batch enter, may this build be shown?"""
