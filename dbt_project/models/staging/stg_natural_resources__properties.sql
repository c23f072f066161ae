with source as (
    {{ corrected(source('lake', 'natural_resources__property')) }}
),

latest as (
    select *
    from source
    qualify row_number() over (
        partition by property_unit_key, person_key
        order by _period_end desc, _batch_no desc, _row_number desc
    ) = 1
),

renamed as (
    select
        -- ids
        property_unit_key,
        person_key,
        hint_head_key,
        hint_tail_key,
        -- dates
        registered_date,
        person_birth_date as birth_date,
        -- categories
        share_form_code,
        share,
        use_code,
        property_status_code,
        person_sex_code as sex_code,
        name_masked,
        -- amounts
        floor_area_m2,
        -- provenance
        _period_end,
        _corrections
    from latest
)

select * from renamed
