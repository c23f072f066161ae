with source as (
    {{ corrected(source('lake', 'veterans__beneficiaries')) }}
),

latest as (
    select *
    from source
    qualify row_number() over (partition by person_key order by _period_end desc, _batch_no desc, _row_number desc) = 1
),

renamed as (
    select
        -- ids
        person_key,
        hint_head_key,
        hint_tail_key,
        -- dates
        person_birth_date as birth_date,
        -- categories
        veteran_code,
        listing_status_code,
        person_sex_code as sex_code,
        name_masked,
        -- amounts
        allowance_yuan,
        -- flags
        is_in_hardship,
        -- provenance
        _period_end,
        _corrections
    from latest
)

select * from renamed
