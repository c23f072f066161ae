with police as (
    select * from {{ ref('stg_police__persons') }}
),

spells as (
    select * from {{ ref('int_category_spells__recorded') }}
),

certificates as (
    select * from {{ ref('stg_disabled_federation__certificates') }}
),

deaths as (
    select * from {{ ref('stg_health__deaths') }}
),

cremations as (
    select * from {{ ref('stg_funeral__cremations') }} where has_person_key
),

payments as (
    select * from {{ ref('stg_finance__payments') }}
),

medical as (
    select * from {{ ref('int_medical__rolled_12m') }}
),

-- People whom a bureau names and the police register does not: other counties' people, or rows in quarantine.
named as (
    select person_key, birth_date, sex_code, name_masked, hint_head_key, hint_tail_key from spells
    union all
    select person_key, birth_date, sex_code, name_masked, hint_head_key, hint_tail_key from certificates
    union all
    select person_key, birth_date, sex_code, name_masked, hint_head_key, hint_tail_key from deaths
    union all
    select person_key, birth_date, sex_code, name_masked, hint_head_key, hint_tail_key from cremations
    union all
    select person_key, birth_date, sex_code, name_masked, cast(null as varchar), cast(null as varchar) from payments
    union all
    select person_key, birth_date, sex_code, cast(null as varchar), cast(null as varchar), cast(null as varchar) from medical
),

others as (
    select
        person_key,
        max(birth_date) as birth_date,
        max(sex_code) as sex_code,
        max(name_masked) as name_masked,
        max(hint_head_key) as hint_head_key,
        max(hint_tail_key) as hint_tail_key
    from named
    where person_key not in (select person_key from police)
    group by person_key
),

persons as (
    select
        person_key,
        household_id_police,
        hint_head_key,
        hint_tail_key,
        birth_date,
        change_date,
        registered_from_date,
        person_status_code,
        sex_code,
        area_code,
        urban_rural_code,
        name_masked
    from police
    union all
    select
        person_key,
        cast(null as varchar),
        hint_head_key,
        hint_tail_key,
        birth_date,
        cast(null as date),
        cast(null as date),
        cast(null as varchar),
        sex_code,
        cast(null as varchar),
        cast(null as varchar),
        name_masked
    from others
),

cremated as (
    select
        person_key,
        min(death_date) as death_date
    from cremations
    group by person_key
),

certified as (
    select
        person_key,
        min(issue_date) as disability_from_date,
        max(coalesce(valid_to_date, date '9999-12-31')) as disability_to_date,
        min(disability_grade_code) as disability_grade_code
    from certificates
    where certificate_status_code = '1'
    group by person_key
),

dated as (
    select
        persons.*,
        -- Health tells of a death first-hand; the funeral office next; the police register cancels late.
        coalesce(
            deaths.death_date,
            cremated.death_date,
            case when persons.person_status_code = '3' then persons.change_date end
        ) as death_date,
        case when persons.person_status_code = '2' then persons.change_date end as moved_out_date,
        certified.disability_from_date,
        certified.disability_to_date,
        certified.disability_grade_code
    from persons
    left join deaths on persons.person_key = deaths.person_key
    left join cremated on persons.person_key = cremated.person_key
    left join certified on persons.person_key = certified.person_key
),

final as (
    select
        *,
        -- The first day on which nothing counts the person any more (ruling R13).
        least(coalesce(death_date, date '9999-12-31'), coalesce(moved_out_date, date '9999-12-31')) as left_date
    from dated
)

select * from final
