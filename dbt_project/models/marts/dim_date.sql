with days as (
    select * from {{ ref('int_calendar__days') }}
),

final as (
    select
        calendar_date,
        {{ month_start('calendar_date') }} as month_start_date,
        {{ week_end('calendar_date') }} as week_end_date,
        cast(extract(year from {{ add_days(week_end('calendar_date'), -3) }}) as integer) as iso_year,
        cast(extract(week from calendar_date) as integer) as iso_week,
        cast(extract(quarter from calendar_date) as integer) as quarter_no,
        is_workday,
        workday_seq,
        last_workday_date,
        holiday_name
    from days
)

select * from final
