with registrations as (
    select * from {{ ref('stg_civil_affairs__registrations') }}
),

monitored as (
    select *
    from {{ ref('stg_agriculture__monitored_persons') }}
    qualify row_number() over (
        partition by person_key, household_id_agriculture, identified_date order by member_id_agriculture
    ) = 1
),

categories as (
    select * from {{ ref('category') }}
),

-- Absence ends nothing: the last row that names a spell says how it stands. The newest delivery of each spell is
-- found first, because sorting two years of lists costs three times as much.
newest as (
    select
        household_id_civil_affairs,
        person_key,
        category_code,
        start_date,
        max(delivery_order) as delivery_order
    from registrations
    group by household_id_civil_affairs, person_key, category_code, start_date
),

registered as (
    select registrations.*
    from registrations
    inner join newest
        on registrations.household_id_civil_affairs = newest.household_id_civil_affairs
        and registrations.person_key = newest.person_key
        and registrations.category_code = newest.category_code
        and registrations.start_date = newest.start_date
        and registrations.delivery_order = newest.delivery_order
    qualify row_number() over (
        partition by
            registrations.household_id_civil_affairs,
            registrations.person_key,
            registrations.category_code,
            registrations.start_date
        order by registrations._row_number desc
    ) = 1
),

spells as (
    select
        person_key,
        household_id_civil_affairs,
        cast(null as varchar) as household_id_agriculture,
        hint_head_key,
        hint_tail_key,
        start_date,
        stop_date,
        valid_to_date,
        last_review_date,
        birth_date,
        category_code,
        area_code,
        urban_rural_code,
        relation_code,
        review_class_code,
        key_class_code,
        stop_reason_code,
        support_mode_code,
        care_level_code,
        sex_code,
        name_masked,
        is_covered
    from registered
    union all
    select
        person_key,
        cast(null as varchar),
        household_id_agriculture,
        cast(null as varchar),
        cast(null as varchar),
        identified_date,
        eliminated_date,
        cast(null as date),
        cast(null as date),
        birth_date,
        'FP',
        cast(null as varchar),
        cast(null as varchar),
        cast(null as varchar),
        cast(null as varchar),
        cast(null as varchar),
        cast(null as varchar),
        cast(null as varchar),
        cast(null as varchar),
        sex_code,
        cast(null as varchar),
        true
    from monitored
),

final as (
    select
        spells.*,
        -- The first day outside the category; the far end of the calendar while the person is in it.
        coalesce(spells.stop_date, date '9999-12-31') as end_date,
        categories.layer_code,
        categories.rank as layer_rank
    from spells
    inner join categories on spells.category_code = categories.category_code
)

select * from final
