with counts as (
    select * from {{ ref('stg_lake__quarantine_counts') }}
),

final as (
    select
        feed_id,
        batch_id,
        period_end as period_end_date,
        rule,
        severity,
        rows_count
    from counts
)

select * from final
