-- Every 12-digit code that a feed may carry, with the town and the village it stands for.
with areas as (
    select * from {{ ref('area') }}
),

final as (
    select
        area_code,
        level as area_level,
        case when level = 'town' then area_code when level = 'village' then parent_code else '' end as town_code,
        case when level = 'village' then area_code else '' end as village_code
    from areas
)

select * from final
