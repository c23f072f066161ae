select
    this_week.week_end_date,
    this_week.town_code,
    this_week.layer_code
from {{ ref('fct_weekly_flow') }} as this_week
inner join {{ ref('fct_weekly_flow') }} as next_week
    on {{ add_days('this_week.week_end_date', 7) }} = next_week.week_end_date
    and this_week.town_code = next_week.town_code
    and this_week.layer_code = next_week.layer_code
where this_week.closing_count <> next_week.opening_count
