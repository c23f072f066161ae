select
    households.week_end_date,
    households.layer_code
from (
    select week_end_date, layer_code, sum(households_count) as households_count
    from {{ ref('pub_households_by_week_village') }}
    group by week_end_date, layer_code
) as households
left join (
    select week_end_date, layer_code, sum(persons_count) as persons_count
    from {{ ref('pub_layers_by_week_village') }}
    group by week_end_date, layer_code
    union all
    select week_end_date, 'ALL', sum(primary_persons_count)
    from {{ ref('pub_layers_by_week_village') }}
    group by week_end_date
) as persons
    on households.week_end_date = persons.week_end_date
    and households.layer_code = persons.layer_code
where households.households_count > coalesce(persons.persons_count, 0)
