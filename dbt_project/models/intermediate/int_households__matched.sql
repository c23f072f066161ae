-- A household of the monitoring list and one of the register are one household where they share a member.
with spells as (
    select * from {{ ref('int_category_spells__recorded') }}
),

monitored as (
    select * from spells where household_id_agriculture is not null
),

registered as (
    select * from spells where household_id_civil_affairs is not null
),

final as (
    select
        monitored.household_id_agriculture,
        min(registered.household_id_civil_affairs) as household_id_civil_affairs
    from monitored
    inner join registered
        on monitored.person_key = registered.person_key
        and monitored.start_date < registered.end_date
        and registered.start_date < monitored.end_date
    group by monitored.household_id_agriculture
)

select * from final
