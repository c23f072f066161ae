with conflicts as (
    select * from {{ ref('fct_household_conflict') }}
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
