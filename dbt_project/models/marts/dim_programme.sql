with seed as (
    select * from {{ ref('programme') }}
),

final as (
    select
        programme_code,
        name_zh as programme_name_zh,
        name_en as programme_name_en,
        is_household_line,
        is_repeatable
    from seed
)

select * from final
