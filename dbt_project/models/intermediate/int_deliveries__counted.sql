-- What each delivery brought, in records: as sent last under its period, an admitted batch before a held one. A delivery that
-- never came, and a file that was refused, are counted as the records that the delivery before it brought, none of them good.
with deliveries as (
    select * from {{ ref('stg_lake__deliveries') }}
),

batches as (
    select * from {{ ref('stg_lake__batches') }}
),

refusals as (
    select * from {{ ref('stg_lake__refusals') }}
),

counts as (
    select * from {{ ref('stg_lake__quarantine_counts') }}
),

flags as (
    select * from {{ ref('stg_lake__batch_flags') }}
),

findings as (
    select * from {{ ref('quality_finding') }}
),

feeds as (
    select * from {{ ref('contract_feed') }} where is_scored
),

newest as (
    select *
    from batches
    qualify row_number() over (
        partition by feed_id, kind, period
        order by case when verdict = 'admitted' then 0 else 1 end, batch_no desc, batch_id
    ) = 1
),

-- A rule that the list doesn't name finds fault with a value, unless it only tells.
rejected as (
    select
        counts.batch_id,
        sum(case when findings.dimension_code = 'completeness' then counts.rows_count else 0 end) as incomplete_count,
        sum(case when findings.dimension_code = 'uniqueness' then counts.rows_count else 0 end) as repeated_count,
        sum(
            case
                when findings.dimension_code = 'validity' then counts.rows_count
                when findings.finding_code is null and counts.severity <> 'info' then counts.rows_count
                else 0
            end
        ) as invalid_count,
        sum(case when counts.rule in ('footer_row', 'test_row') then counts.rows_count else 0 end) as no_records_count
    from counts
    left join findings on counts.rule = findings.finding_code and findings.kind = 'row'
    group by counts.batch_id
),

contradicted as (
    select flags.batch_id, sum(flags.rows_count) as contradicted_count
    from flags
    inner join findings on flags.flag = findings.finding_code and findings.kind = 'flag'
    where findings.dimension_code = 'consistency'
    group by flags.batch_id
),

first_refused as (
    select feed_id, period, cast(min(received_at) as date) as refused_date
    from refusals
    group by feed_id, period
),

bounds as (
    select min(due_date) as first_due_date from deliveries
),

promised as (
    select
        deliveries.feed_id,
        deliveries.kind,
        deliveries.period,
        deliveries.period_end_date,
        deliveries.due_date,
        {{ month_start('deliveries.due_date') }} as score_month,
        deliveries.state as delivery_state_code,
        1 as due_count,
        case
            when deliveries.state = 'on_time' then 1
            when deliveries.state = 'held' and cast(deliveries.delivered_at as date) <= deliveries.due_date then 1
            when deliveries.state = 'refused' and first_refused.refused_date <= deliveries.due_date then 1
            else 0
        end as on_time_count
    from deliveries
    left join first_refused on deliveries.feed_id = first_refused.feed_id and deliveries.period = first_refused.period
),

-- What came without a date to come by: an event, or a part sent again.
unasked as (
    select
        newest.feed_id,
        newest.kind,
        newest.period,
        newest.period_end as period_end_date,
        cast(null as date) as due_date,
        {{ month_start('cast(newest.received_at as date)') }} as score_month,
        case when newest.verdict = 'admitted' then 'on_time' else 'held' end as delivery_state_code,
        0 as due_count,
        0 as on_time_count
    from newest
    cross join bounds
    left join promised
        on newest.feed_id = promised.feed_id and newest.kind = promised.kind and newest.period = promised.period
    where promised.feed_id is null and cast(newest.received_at as date) >= bounds.first_due_date
),

united as (
    select * from promised
    union all
    select * from unasked
),

measured as (
    select
        united.*,
        coalesce(newest.batch_id, '') as batch_id,
        newest.rows_read - coalesce(rejected.no_records_count, 0) as sent_count,
        newest.declared_row_count,
        coalesce(rejected.incomplete_count, 0) as incomplete_count,
        coalesce(rejected.invalid_count, 0) as invalid_count,
        coalesce(rejected.repeated_count, 0) as repeated_count,
        coalesce(contradicted.contradicted_count, 0) as contradicted_count,
        sum(case when newest.batch_id is not null then 1 else 0 end) over (
            partition by united.feed_id, united.kind order by united.period_end_date, united.period
        ) as arrivals_count
    from united
    inner join feeds on united.feed_id = feeds.feed_id
    left join newest
        on united.feed_id = newest.feed_id and united.kind = newest.kind and united.period = newest.period
    left join rejected on newest.batch_id = rejected.batch_id
    left join contradicted on newest.batch_id = contradicted.batch_id
),

-- Of an absent delivery: the records of the one before it, of the first that came where none was before, else one.
expected as (
    select
        *,
        greatest(
            1,
            coalesce(
                max(sent_count) over (partition by feed_id, kind, arrivals_count),
                max(case when arrivals_count = 1 then sent_count end) over (partition by feed_id, kind),
                1
            )
        ) as usual_count
    from measured
),

final as (
    select
        -- ids
        feed_id,
        kind,
        period,
        batch_id,
        -- dates
        period_end_date,
        due_date,
        score_month,
        -- categories
        delivery_state_code,
        -- amounts
        due_count,
        on_time_count,
        cast(coalesce(sent_count, usual_count) as bigint) as records_count,
        cast(greatest(coalesce(sent_count, usual_count), coalesce(declared_row_count, 0)) as bigint) as declared_records_count,
        cast(coalesce(sent_count - incomplete_count, 0) as bigint) as complete_records_count,
        cast(coalesce(sent_count - invalid_count, 0) as bigint) as valid_records_count,
        cast(coalesce(sent_count - repeated_count, 0) as bigint) as unique_records_count,
        -- A held delivery contradicts what came before it or beside it: none of it is consistent.
        cast(
            case
                when delivery_state_code = 'held' then 0
                else greatest(0, coalesce(sent_count - contradicted_count, 0))
            end as bigint
        ) as consistent_records_count
    from expected
)

select * from final
