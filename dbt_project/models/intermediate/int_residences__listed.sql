-- Where the register places a person: the area of the running membership, and the household of the last spell.
with spells as (
    select * from {{ ref('int_category_spells__recorded') }} where household_id_civil_affairs is not null
),

memberships as (
    select * from {{ ref('int_memberships__weekly') }} where is_primary
),

weeks as (
    select max(week_seq) as last_seq from {{ ref('int_weeks__numbered') }}
),

last_spells as (
    select *
    from spells
    qualify row_number() over (
        partition by person_key order by end_date desc, start_date desc, household_id_civil_affairs, category_code
    ) = 1
),

running as (
    select memberships.*
    from memberships
    inner join weeks on memberships.from_seq <= weeks.last_seq and weeks.last_seq < memberships.to_seq
),

final as (
    select
        coalesce(last_spells.person_key, running.person_key) as person_key,
        last_spells.household_id_civil_affairs,
        last_spells.area_code as last_area_code,
        running.layer_code as current_layer_code,
        running.town_code as current_town_code,
        running.village_code as current_village_code,
        running.urban_rural_code as current_urban_rural_code
    from last_spells
    full outer join running on last_spells.person_key = running.person_key
)

select * from final
