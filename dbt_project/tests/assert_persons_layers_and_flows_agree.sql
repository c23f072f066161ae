-- Three tables count the same people: by person, by primary layer, and as the closing stock.
with persons as (
    select week_end_date, town_code, layer_code, sum(persons_count) as persons_count
    from {{ ref('pub_persons_by_week_village') }}
    group by week_end_date, town_code, layer_code
),

layers as (
    select week_end_date, town_code, layer_code, sum(primary_persons_count) as persons_count
    from {{ ref('pub_layers_by_week_village') }}
    group by week_end_date, town_code, layer_code
),

flows as (
    select week_end_date, town_code, layer_code, closing_count as persons_count
    from {{ ref('pub_flows_by_week_town') }}
    where layer_code <> 'ALL'
)

select
    flows.week_end_date,
    flows.town_code,
    flows.layer_code
from flows
left join persons
    on flows.week_end_date = persons.week_end_date
    and flows.town_code = persons.town_code
    and flows.layer_code = persons.layer_code
left join layers
    on flows.week_end_date = layers.week_end_date
    and flows.town_code = layers.town_code
    and flows.layer_code = layers.layer_code
where flows.persons_count <> coalesce(persons.persons_count, 0)
    or flows.persons_count <> coalesce(layers.persons_count, 0)
