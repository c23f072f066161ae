-- A refused file is one item, whatever its reason was each time: closed when a later file for its period was taken.
with refusals as (
    select * from {{ ref('stg_lake__refusals') }}
),

batches as (
    select * from {{ ref('stg_lake__batches') }}
),

feeds as (
    select * from {{ ref('contract_feed') }}
),

refused as (
    select
        refusals.feed_id,
        refusals.period,
        refusals.file as file_name,
        refusals.reason,
        refusals.received_at
    from refusals
    inner join feeds on refusals.feed_id = feeds.feed_id
),

-- A file whose name tells no period is answered by any later file of its feed.
answers as (
    select distinct
        refused.feed_id,
        refused.period,
        refused.received_at,
        min(batches.received_at) over (partition by refused.feed_id, refused.period, refused.received_at) as answered_at
    from refused
    inner join batches
        on refused.feed_id = batches.feed_id
        and refused.received_at < batches.received_at
        and (refused.period = batches.period or refused.period = '')
),

newest as (
    select *
    from refused
    qualify row_number() over (partition by feed_id, period order by received_at desc, file_name, reason) = 1
),

summed as (
    select
        refused.feed_id,
        refused.period,
        cast(count(*) as integer) as times_sent_count,
        min(refused.received_at) as first_refused_at,
        max(refused.received_at) as last_refused_at,
        min(answers.answered_at) as first_answered_at,
        max(case when answers.answered_at is null then 1 else 0 end) as is_open
    from refused
    left join answers
        on refused.feed_id = answers.feed_id
        and refused.period = answers.period
        and refused.received_at = answers.received_at
    group by refused.feed_id, refused.period
),

final as (
    select
        md5(summed.feed_id || '|file|' || summed.period) as item_id,
        summed.feed_id,
        newest.file_name,
        newest.reason as rule,
        summed.times_sent_count,
        case
            when summed.is_open = 0 then 'closed'
            when summed.first_answered_at < summed.last_refused_at then 'reopened'
            else 'open'
        end as item_status_code,
        cast(summed.first_refused_at as date) as first_seen_date,
        cast(summed.last_refused_at as date) as last_seen_date
    from summed
    inner join newest on summed.feed_id = newest.feed_id and summed.period = newest.period
)

select * from final
