-- Which later batch answers a batch: the same delivery sent again, or a list's next full delivery. Only admitted batches answer.
with batches as (
    select * from {{ ref('stg_lake__batches') }}
),

feeds as (
    select * from {{ ref('contract_feed') }}
),

ordered as (
    select
        batches.feed_id,
        batches.batch_id,
        batches.kind,
        batches.period,
        batches.period_end,
        batches.file,
        batches.verdict,
        cast(batches.received_at as date) as received_date,
        feeds.is_list,
        cast(
            row_number() over (
                partition by batches.feed_id
                order by batches.period_end, batches.batch_no, case when batches.kind = 'full' then 1 else 0 end, batches.batch_id
            ) as integer
        ) as delivery_seq
    from batches
    inner join feeds on batches.feed_id = feeds.feed_id
),

answers as (
    select
        ordered.batch_id,
        min(later.delivery_seq) as answer_seq
    from ordered
    inner join ordered as later
        on ordered.feed_id = later.feed_id
        and ordered.delivery_seq < later.delivery_seq
        and later.verdict = 'admitted'
        and (
            (ordered.kind = later.kind and ordered.period = later.period)
            or (ordered.is_list and later.kind = 'full')
        )
    group by ordered.batch_id
),

final as (
    select
        ordered.feed_id,
        ordered.batch_id,
        ordered.file as file_name,
        ordered.received_date,
        ordered.delivery_seq,
        answers.answer_seq
    from ordered
    left join answers on ordered.batch_id = answers.batch_id
)

select * from final
