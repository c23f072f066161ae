{{ config(materialized='view') }}

with netted as (
    select * from {{ ref('int_payments__netted') }}
),

persons as (
    select person_key, town_code from {{ ref('dim_person') }}
),

final as (
    select
        netted.*,
        coalesce(persons.town_code, '') as town_code
    from netted
    left join persons on netted.person_key = persons.person_key
)

select * from final
