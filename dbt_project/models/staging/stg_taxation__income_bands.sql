with source as (
    {{ corrected(source('lake', 'taxation__income_bands')) }}
),

latest as (
    select *
    from source
    qualify row_number() over (partition by query_id order by _period_end desc, _batch_no desc, _row_number desc) = 1
),

renamed as (
    select
        -- ids
        query_id,
        person_key,
        -- dates
        tax_year,
        updated_at,
        person_birth_date as birth_date,
        -- categories
        income_band_code,
        person_sex_code as sex_code,
        -- provenance
        _period_end,
        _corrections
    from latest
)

select * from renamed
