with batches as (
    select * from {{ ref('stg_lake__batches') }}
),

final as (
    select
        feed_id,
        period,
        period_end as period_end_date,
        batch_no,
        batch_id,
        kind,
        file as file_name,
        coalesce(sent_at, received_at) as sent_at,
        rows_read as rows_read_count,
        rows_accepted as rows_accepted_count,
        rows_quarantined as rows_quarantined_count,
        verdict,
        is_in_force,
        size_bytes
    from batches
)

select * from final
