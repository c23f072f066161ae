with source as (
    {{ corrected(source('lake', 'market_supervision__enterprises')) }}
),

latest as (
    select *
    from source
    where person_key is not null
    qualify row_number() over (partition by credit_code, person_key order by _period_end desc, _batch_no desc, _row_number desc) = 1
),

renamed as (
    select
        -- ids
        credit_code,
        person_key,
        -- dates
        person_birth_date as birth_date,
        -- categories
        enterprise_type_code,
        enterprise_status_code,
        person_sex_code as sex_code,
        -- amounts
        subscribed_yuan,
        paid_in_yuan,
        -- provenance
        _period_end,
        _corrections
    from latest
)

select * from renamed
