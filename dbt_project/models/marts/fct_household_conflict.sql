{{ config(materialized='view') }}

with conflicts as (
    select * from {{ ref('int_conflicts__households') }}
),

final as (
    select
        person_key,
        week_end_date,
        households_count,
        household_ids,
        category_codes
    from conflicts
)

select * from final
