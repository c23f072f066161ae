-- By primary layer everybody stands in one layer, so the layers of a town add up to ALL.
select
    week_end_date,
    town_code
from {{ ref('fct_weekly_flow') }}
group by week_end_date, town_code
having sum(case when layer_code = 'ALL' then closing_count else -closing_count end) <> 0
    or sum(case when layer_code = 'ALL' then entered_count else -entered_count end) <> 0
    or sum(case when layer_code = 'ALL' then relocated_in_count - relocated_out_count
           else relocated_out_count - relocated_in_count end) <> 0
