with source as (
    {{ corrected(source('lake', 'civil_affairs__indicator_returns')) }}
),

latest as (
    select *
    from source
    qualify row_number() over (
        partition by report_month, item_no, indicator_code, area_code, reporting_org
        order by _period_end desc, _batch_no desc, _row_number desc
    ) = 1
),

renamed as (
    select
        -- ids
        item_no,
        indicator_code,
        -- dates
        report_month,
        -- categories
        area_code,
        reporting_org,
        unit,
        evidence_file,
        -- amounts
        numerator_quantity,
        denominator_quantity,
        -- provenance
        _period_end,
        _corrections
    from latest
)

select * from renamed
