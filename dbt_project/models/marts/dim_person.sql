{{ config(materialized='view') }}

with persons as (
    select * from {{ ref('int_persons__unified') }}
),

residences as (
    select * from {{ ref('int_residences__listed') }}
),

areas as (
    select * from {{ ref('int_areas__resolved') }}
),

final as (
    select
        -- ids
        persons.person_key,
        persons.household_id_police,
        residences.household_id_civil_affairs,
        -- dates
        persons.birth_date,
        persons.registered_from_date,
        persons.death_date,
        persons.moved_out_date,
        persons.left_date,
        persons.disability_from_date,
        persons.disability_to_date,
        -- categories
        persons.person_status_code,
        persons.sex_code,
        persons.name_masked,
        coalesce(nullif(residences.current_town_code, ''), police_areas.town_code, last_areas.town_code, '') as town_code,
        coalesce(
            case when residences.current_town_code <> '' then residences.current_village_code end,
            police_areas.village_code,
            last_areas.village_code,
            ''
        ) as village_code,
        coalesce(nullif(residences.current_urban_rural_code, ''), persons.urban_rural_code, '') as urban_rural_code,
        coalesce(police_areas.town_code, '') as police_town_code,
        coalesce(police_areas.village_code, '') as police_village_code,
        coalesce(persons.urban_rural_code, '') as police_urban_rural_code,
        residences.current_layer_code,
        persons.disability_grade_code,
        -- flags
        persons.person_status_code is not null as is_in_police_register
    from persons
    left join residences on persons.person_key = residences.person_key
    left join areas as police_areas on persons.area_code = police_areas.area_code
    left join areas as last_areas on residences.last_area_code = last_areas.area_code
)

select * from final
