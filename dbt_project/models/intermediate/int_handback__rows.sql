-- A rejected record is the same item in every delivery: by feed, rule, column and what stays the same of the record; several
-- alike in one file are counted off. It is closed when every delivery that had it was answered without it.
with rejected as (
    select * from {{ ref('stg_lake__rejected_rows') }}
),

batches as (
    select * from {{ ref('int_batches__covered') }}
),

counted as (
    select
        *,
        row_number() over (partition by batch_id, rule, column_name, record_key order by row_number) as occurrence
    from rejected
),

sightings as (
    select
        md5(
            counted.feed_id || '|' || counted.rule || '|' || counted.column_name || '|' || counted.record_key || '|'
            || cast(counted.occurrence as varchar)
        ) as item_id,
        counted.*,
        batches.file_name,
        batches.received_date,
        batches.delivery_seq,
        batches.answer_seq
    from counted
    inner join batches on counted.batch_id = batches.batch_id
),

answered as (
    select
        sightings.*,
        again.item_id is null and sightings.answer_seq is not null as is_missing_in_answer
    from sightings
    left join sightings as again on sightings.item_id = again.item_id and sightings.answer_seq = again.delivery_seq
),

summed as (
    select
        item_id,
        cast(count(*) as integer) as times_sent_count,
        min(received_date) as first_seen_date,
        max(received_date) as last_seen_date,
        max(delivery_seq) as last_seq,
        max(case when answer_seq is null then 1 else 0 end) as is_open,
        min(case when is_missing_in_answer then answer_seq end) as first_answer_seq
    from answered
    group by item_id
),

final as (
    select
        summed.item_id,
        answered.feed_id,
        answered.batch_id,
        answered.file_name,
        answered.row_number,
        answered.rule,
        answered.column_name,
        answered.masked_value,
        answered.hint_head_key,
        answered.hint_tail_key,
        answered.household_id_civil_affairs,
        answered.due_yuan,
        summed.times_sent_count,
        case
            when summed.is_open = 0 then 'closed'
            when summed.first_answer_seq < summed.last_seq then 'reopened'
            else 'open'
        end as item_status_code,
        summed.first_seen_date,
        summed.last_seen_date
    from summed
    inner join answered on summed.item_id = answered.item_id and summed.last_seq = answered.delivery_seq
)

select * from final
