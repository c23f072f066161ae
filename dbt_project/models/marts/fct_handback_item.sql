with rejected as (
    select * from {{ ref('int_handback__rows') }}
),

refused as (
    select * from {{ ref('int_handback__files') }}
),

households as (
    select * from {{ ref('int_handback__households') }}
),

feeds as (
    select * from {{ ref('contract_feed') }}
),

headers as (
    select * from {{ ref('contract_column') }}
),

policy as (
    select * from {{ ref('int_policy__in_force') }}
),

days as (
    select * from {{ ref('int_calendar__days') }}
),

items as (
    select
        rejected.item_id,
        rejected.feed_id,
        rejected.batch_id,
        rejected.file_name,
        rejected.row_number,
        rejected.rule,
        rejected.column_name,
        rejected.masked_value,
        rejected.times_sent_count,
        rejected.item_status_code,
        rejected.first_seen_date,
        rejected.last_seen_date,
        coalesce(households.households_count, 0) as households_count,
        -- A payment line says itself what rests on it; other rows by what their households are due.
        coalesce(rejected.due_yuan, households.amount_yuan, cast(0 as decimal(14, 2))) as amount_yuan
    from rejected
    left join households on rejected.item_id = households.item_id
    union all
    select
        item_id,
        feed_id,
        '',
        file_name,
        cast(null as integer),
        rule,
        '',
        '',
        times_sent_count,
        item_status_code,
        first_seen_date,
        last_seen_date,
        0,
        cast(0 as decimal(14, 2))
    from refused
),

final as (
    select
        -- ids
        items.item_id,
        feeds.bureau,
        items.feed_id,
        items.batch_id,
        items.file_name,
        -- The file itself may be the item: then it has no row, column or sheet.
        case when items.row_number is not null then coalesce(feeds.sheet, '') else '' end as sheet,
        items.row_number,
        -- categories
        items.rule,
        items.column_name,
        coalesce(headers.header, '') as header,
        items.masked_value,
        items.times_sent_count,
        items.item_status_code,
        -- dates
        items.first_seen_date,
        items.last_seen_date,
        due_days.calendar_date as due_date,
        -- amounts
        items.households_count,
        items.amount_yuan
    from items
    inner join feeds on items.feed_id = feeds.feed_id
    cross join policy
    left join headers on items.feed_id = headers.feed_id and items.column_name = headers.column_name
    left join days as seen_days on items.first_seen_date = seen_days.calendar_date
    left join days as due_days
        on due_days.workday_seq = seen_days.workday_seq + cast(policy.handback_workdays as integer)
        and due_days.is_workday
)

select * from final
