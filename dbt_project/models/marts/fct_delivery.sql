with deliveries as (
    select * from {{ ref('int_deliveries__counted') }}
),

feeds as (
    select * from {{ ref('contract_feed') }}
),

final as (
    select
        -- ids
        deliveries.feed_id,
        deliveries.kind,
        deliveries.period,
        deliveries.batch_id,
        feeds.bureau,
        feeds.bureau_zh,
        -- dates
        deliveries.period_end_date,
        deliveries.due_date,
        deliveries.score_month,
        -- categories
        deliveries.delivery_state_code,
        -- amounts
        deliveries.due_count,
        deliveries.on_time_count,
        deliveries.records_count,
        deliveries.declared_records_count,
        deliveries.complete_records_count,
        deliveries.valid_records_count,
        deliveries.unique_records_count,
        deliveries.consistent_records_count
    from deliveries
    inner join feeds on deliveries.feed_id = feeds.feed_id
)

select * from final
