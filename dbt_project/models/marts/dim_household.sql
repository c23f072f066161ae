{{ config(materialized='view') }}

with entitlements as (
    select * from {{ ref('int_entitlements__recorded') }}
),

areas as (
    select * from {{ ref('int_areas__resolved') }}
),

final as (
    select
        entitlements.household_id_civil_affairs,
        entitlements.category_code,
        entitlements.entitled_person_key,
        entitlements.valid_from as valid_from_date,
        entitlements.valid_to as valid_before_date,
        coalesce(areas.town_code, '') as town_code,
        coalesce(areas.village_code, '') as village_code,
        entitlements.urban_rural_code,
        entitlements.review_class_code,
        entitlements.covered_count,
        entitlements.household_income_month_yuan,
        entitlements.household_amount_yuan
    from entitlements
    left join areas on entitlements.area_code = areas.area_code
)

select * from final
