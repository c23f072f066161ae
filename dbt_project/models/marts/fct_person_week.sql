{{ config(materialized='view') }}

with runs as (
    select * from {{ ref('fct_person_run') }}
),

weeks as (
    select * from {{ ref('dim_week') }} where week_seq > 0
),

final as (
    select
        weeks.week_end_date,
        runs.person_key,
        runs.layer_code,
        runs.household_key,
        runs.town_code,
        runs.village_code,
        runs.urban_rural_code,
        runs.sex_code,
        runs.age_band_code,
        runs.has_disability
    from runs
    inner join weeks on runs.from_seq <= weeks.week_seq and weeks.week_seq < runs.to_seq
)

select * from final
