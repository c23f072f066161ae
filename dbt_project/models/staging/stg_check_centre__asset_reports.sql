with source as (
    {{ corrected(source('lake', 'check_centre__asset_reports')) }}
),

runs as (
    select * from {{ source('lake', 'run') }}
),

latest as (
    select *
    from source
    qualify row_number() over (partition by check_id order by _period_end desc, _batch_no desc, _row_number desc) = 1
),

renamed as (
    select
        -- ids
        latest.check_id,
        latest.authorisation_id,
        latest.household_id_civil_affairs,
        -- dates
        latest.authorised_until_date,
        latest.as_of_date as assets_date,
        latest.reported_date,
        -- categories
        latest.assets_band_code,
        -- amounts
        latest.institutions_count,
        latest.replies_count,
        cast(latest.replies_count as double) / nullif(latest.institutions_count, 0) as replies_share,
        {{ days_between('latest.reported_date', 'runs.as_of_date') }} as age_days,
        -- flags
        latest.is_over_limit,
        latest.replies_count >= latest.institutions_count as has_all_replies,
        -- provenance
        latest._period_end,
        latest._corrections
    from latest
    cross join runs
)

select * from renamed
