-- Who is active in two households of the register or more at the end of a week (alive and not moved out on that day).
with spells as (
    select * from {{ ref('int_category_spells__recorded') }} where household_id_civil_affairs is not null
),

weeks as (
    select * from {{ ref('int_weeks__numbered') }} where week_seq > 0
),

persons as (
    select person_key, left_date from {{ ref('int_persons__unified') }}
),

-- Few people were ever in two households: the rest need no look week by week.
moved as (
    select person_key
    from spells
    group by person_key
    having min(household_id_civil_affairs) <> max(household_id_civil_affairs)
),

active as (
    select
        spells.person_key,
        spells.household_id_civil_affairs,
        spells.category_code,
        weeks.week_end_date
    from spells
    inner join persons on spells.person_key = persons.person_key
    inner join weeks
        on spells.start_date <= weeks.week_end_date
        and weeks.week_end_date < spells.end_date
        and weeks.week_end_date < persons.left_date
    where spells.person_key in (select person_key from moved)
),

final as (
    select
        person_key,
        week_end_date,
        cast(count(distinct household_id_civil_affairs) as integer) as households_count,
        {{ sorted_list('household_id_civil_affairs') }} as household_ids,
        {{ sorted_list('category_code') }} as category_codes
    from active
    group by person_key, week_end_date
    having count(distinct household_id_civil_affairs) > 1
)

select * from final
