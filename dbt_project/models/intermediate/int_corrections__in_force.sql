-- What staging replaces: corrections agreed with a bureau in its contract, and a steward's overrides of single rows. Both end.
with runs as (
    select * from {{ ref('stg_lake__runs') }}
),

corrections as (
    select * from {{ ref('contract_correction') }}
),

overrides as (
    select * from {{ ref('stg_data_steward__overrides') }}
),

agreed as (
    select
        corrections.feed_id,
        corrections.column_name,
        '' as row_key,
        coalesce(corrections.old_value, '') as old_value,
        coalesce(corrections.new_value, '') as new_value,
        corrections.correction_id
    from corrections
    cross join runs
    where corrections.status = 'active'
        and corrections.valid_from <= runs.as_of_date
        and corrections.expires >= runs.as_of_date
    qualify row_number() over (
        partition by corrections.feed_id, corrections.column_name, corrections.old_value
        order by corrections.valid_from desc, corrections.correction_id desc
    ) = 1
),

-- Two overrides of one value: the later decision counts while it holds.
decided as (
    select
        overrides.feed_id,
        overrides.column_name,
        overrides.row_key,
        overrides.old_value,
        overrides.new_value,
        overrides.override_id as correction_id
    from overrides
    cross join runs
    where overrides.override_status_code = 'active'
        and cast(overrides.decided_at as date) <= runs.as_of_date
        and overrides.expires_date >= runs.as_of_date
    qualify row_number() over (
        partition by overrides.feed_id, overrides.column_name, overrides.row_key, overrides.old_value
        order by overrides.decided_at desc, overrides.override_id desc
    ) = 1
),

final as (
    select * from agreed
    union all
    select * from decided
)

select * from final
