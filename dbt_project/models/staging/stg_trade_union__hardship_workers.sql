with source as (
    {{ corrected(source('lake', 'trade_union__hardship_workers')) }}
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
        registered_date,
        person_birth_date as birth_date,
        -- categories
        worker_hardship_code,
        listing_status_code,
        employer_name,
        person_sex_code as sex_code,
        name_masked,
        -- amounts
        household_size_count,
        income_per_head_yuan,
        -- provenance
        _period_end,
        _corrections
    from latest
)

select * from renamed
