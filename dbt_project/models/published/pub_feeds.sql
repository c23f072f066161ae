with feeds as (
    select * from {{ ref('stg_lake__feeds') }}
),

final as (
    select
        feed_id,
        feed_code,
        name_zh,
        name_en,
        bureau_zh,
        steward_zh,
        priority,
        last_period,
        last_period_end_date,
        last_sent_at,
        due_date,
        days_late_count,
        is_late,
        batches_count,
        refused_count
    from feeds
)

select * from final
