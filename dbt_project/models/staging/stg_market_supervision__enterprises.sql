with source as (
    {{ corrected(source('lake', 'market_supervision__enterprises')) }}
),

-- The file repeats an enterprise for each shareholder: what it says of the enterprise is the same in all its rows.
latest as (
    select *
    from source
    qualify row_number() over (partition by credit_code order by _period_end desc, _batch_no desc, _row_number desc) = 1
),

renamed as (
    select
        -- ids
        credit_code,
        representative_key,
        -- dates
        established_date,
        -- categories
        enterprise_name,
        enterprise_type_code,
        enterprise_status_code,
        -- provenance
        _period_end,
        _corrections
    from latest
)

select * from renamed
