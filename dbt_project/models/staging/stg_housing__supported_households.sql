with source as (
    {{ corrected(source('lake', 'housing__support')) }}
),

latest as (
    select *
    from source
    qualify row_number() over (
        partition by person_key, support_code
        order by _period_end desc, _batch_no desc, _row_number desc
    ) = 1
),

renamed as (
    select
        -- ids
        person_key,
        hint_head_key,
        hint_tail_key,
        -- dates
        start_date,
        end_date,
        person_birth_date as birth_date,
        -- categories
        support_code,
        house_grade_code,
        listing_status_code,
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
