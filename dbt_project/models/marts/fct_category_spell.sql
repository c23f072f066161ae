{{ config(materialized='view') }}

with spells as (
    select * from {{ ref('int_category_spells__recorded') }}
),

final as (
    select
        person_key,
        category_code,
        coalesce(household_id_civil_affairs, '') as household_id_civil_affairs,
        coalesce(household_id_agriculture, '') as household_id_agriculture,
        start_date,
        stop_date,
        end_date,
        valid_to_date,
        layer_code,
        stop_reason_code,
        is_covered,
        -- Past its last valid day and still open: kept as recorded, flagged as lapsed (ruling R13).
        stop_date is null and coalesce(valid_to_date, end_date) < (select as_of_date from {{ ref('stg_lake__runs') }}) as is_lapsed
    from spells
)

select * from final
