with source as (
    select * from {{ source('lake', 'data_steward__overrides') }}
),

latest as (
    select *
    from source
    qualify row_number() over (partition by override_id order by _period_end desc, _batch_no desc, _row_number desc) = 1
),

renamed as (
    select
        -- ids
        override_id,
        feed_id,
        row_key,
        -- dates
        decided_at,
        expires_date,
        -- categories
        column_name,
        coalesce(old_value, '') as old_value,
        coalesce(new_value, '') as new_value,
        override_status_code,
        reason,
        decided_by,
        -- provenance
        _period_end,
        '' as _corrections
    from latest
)

select * from renamed
