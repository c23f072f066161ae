with areas as (
    select * from {{ ref('area') }}
),

resolved as (
    select * from {{ ref('int_areas__resolved') }}
),

final as (
    select
        areas.area_code,
        areas.level as area_level,
        resolved.town_code,
        resolved.village_code,
        coalesce(areas.parent_code, '') as parent_area_code,
        areas.name as area_name_zh,
        areas.name_en as area_name_en,
        areas.kind as area_kind,
        coalesce(areas.urban_rural_code, '') as urban_rural_code,
        coalesce(areas.alternative_code, '') as alternative_area_code
    from areas
    inner join resolved on areas.area_code = resolved.area_code
)

select * from final
