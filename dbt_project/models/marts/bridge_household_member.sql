{{ config(materialized='view') }}

with spells as (
    select * from {{ ref('int_category_spells__recorded') }} where household_id_civil_affairs is not null
),

final as (
    select
        household_id_civil_affairs,
        person_key,
        category_code,
        start_date as valid_from_date,
        end_date as valid_before_date,
        relation_code,
        is_covered
    from spells
)

select * from final
