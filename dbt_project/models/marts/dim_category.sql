with seed as (
    select * from {{ ref('category') }}
),

final as (
    select
        category_code,
        layer_code,
        rank as layer_rank,
        name_zh as category_name_zh,
        name_en as category_name_en,
        recognised_from as recognised_from_date,
        is_verified
    from seed
)

select * from final
